package deploy_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/ticketkit/ticketkit/examples/internal/server"
	"github.com/ticketkit/ticketkit/internal/guide"
)

// docs is the folder of the guides.
const docs = "../../docs/"

// guides are their names, without a language.
func guides(t *testing.T) []string {
	t.Helper()
	list, err := filepath.Glob(docs + "en/*.md")
	require.NoError(t, err)
	require.Greater(t, len(list), 8)
	for i := range list {
		list[i] = filepath.Base(list[i])
	}
	return list
}

// Each guide is there in both languages, with the same chapters and the same code, and the index has both.
func TestBothLanguages(t *testing.T) {
	t.Parallel()
	german, err := filepath.Glob(docs + "de/*.md")
	require.NoError(t, err)
	require.Len(t, german, len(guides(t)))
	index := read(t, docs+"README.md")
	for _, name := range guides(t) {
		en, de := read(t, docs+"en/"+name), read(t, docs+"de/"+name)
		require.Equal(t, guide.Headings(en), guide.Headings(de), name)
		require.Equal(t, guide.Blocks(en), guide.Blocks(de), name)
		require.Equal(t, strings.Count(en, "\n|"), strings.Count(de, "\n|"), "rows of tables in %s", name)
		require.Contains(t, index, "(en/"+name+")")
		require.Contains(t, index, "(de/"+name+")")
	}
}

// notVariables look like variables of ours and are something else.
var notVariables = []string{"MESSAGE_CONTENT", "CGO_ENABLED"}

// Guides name no variable and no command that the programs do not know.
func TestGuidesNameWhatThereIs(t *testing.T) {
	t.Parallel()
	known, seen := server.Variables(), 0
	shown := regexp.MustCompile("`desk ([^`]+)`")
	for _, lang := range []string{"en", "de"} {
		for _, name := range guides(t) {
			file := lang + "/" + name
			text := read(t, docs+file)
			for _, v := range guide.Variables(text) {
				require.True(t, slices.Contains(known, v) || slices.Contains(notVariables, v), "%s: nothing reads %s", file, v)
			}
			var commands []string
			for _, m := range shown.FindAllStringSubmatch(text, -1) {
				commands = append(commands, m[1])
			}
			for _, b := range guide.Blocks(text) {
				for _, l := range b.Lines() {
					for _, program := range []string{"desk ", "discord ", "email "} {
						if rest, ok := strings.CutPrefix(l, program); ok && b.Lang == "sh" {
							commands = append(commands, rest)
						}
					}
				}
			}
			for _, c := range commands {
				seen++
				err := server.CheckArgs(guide.Args(c))
				if errors.Is(err, fs.ErrNotExist) { // a file that the reader will have
					err = nil
				}
				require.NoError(t, err, "%s: %s", file, c)
			}
		}
	}
	require.Greater(t, seen, 40)
	require.Error(t, server.CheckArgs([]string{"user", "promote"}))
}

// Files that guides name are there.
func TestGuidesNameFilesThatAreThere(t *testing.T) {
	t.Parallel()
	path := regexp.MustCompile("`((?:examples|docs|adapters|store)/[a-zA-Z0-9_./-]+)`")
	link := regexp.MustCompile(`\]\(([^)#:]+\.md)\)`)
	require.NoError(t, filepath.WalkDir(docs, func(file string, e fs.DirEntry, err error) error {
		if err != nil || filepath.Ext(file) != ".md" || strings.Contains(file, "decisions") {
			return err
		}
		text := read(t, file)
		for _, m := range path.FindAllStringSubmatch(text, -1) {
			_, err := os.Stat("../../" + m[1])
			require.NoError(t, err, file)
		}
		for _, m := range link.FindAllStringSubmatch(text, -1) {
			require.FileExists(t, filepath.Join(filepath.Dir(file), m[1]), file)
		}
		return nil
	}))
}

// The marked blocks of a guide run, one after the other, on one desk.
func TestGuidesRun(t *testing.T) {
	ran := 0
	for _, name := range guides(t) {
		text := read(t, docs+"en/"+name)
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			t.Chdir(dir) // guides name files as one does who stands beside them
			env := []string{"DATA_DIR=" + filepath.Join(dir, "data"), "LISTEN_ADDR=127.0.0.1:0", "LOG_LEVEL=error"}
			desk := func(args ...string) {
				var out, errOut strings.Builder
				code := server.Run(t.Context(), server.Preset{Name: "ticketkit", KeepSecret: true}, args, env, &out, &errOut, nil)
				require.Equal(t, 0, code, "%s\n%s%s", args, out.String(), errOut.String())
			}
			desk("migrate", "up") // the first start has done that
			for _, b := range guide.Blocks(text) {
				if b.Lang == "json" && b.Mark != "" {
					require.NoError(t, os.WriteFile(b.Mark, []byte(b.Text), 0o600))
				}
				if b.Lang != "sh" || b.Mark != "run" {
					continue
				}
				for _, l := range b.Lines() {
					rest, ok := strings.CutPrefix(l, "desk ")
					require.True(t, ok, "only commands of the program are marked: %s", l)
					desk(guide.Args(rest)...)
					ran++
				}
			}
		})
	}
	require.Greater(t, ran, 15)
}
