package server

import (
	"io"
	"slices"

	"github.com/alecthomas/kong"
)

// Variables are the names of all variables that the programs read, for tests of files and guides that name some.
func Variables() []string {
	out := slices.Clone(variables)
	for _, s := range secrets {
		out = append(out, s+"_FILE")
	}
	for k := range ignored {
		out = append(out, k)
	}
	return out
}

// CheckArgs says whether arguments are a command of the programs, with the options that it has, without running it.
func CheckArgs(args []string) error {
	var c cli
	parser, err := kong.New(&c, kong.Name("ticketkit"), kong.Writers(io.Discard, io.Discard), kong.Exit(func(int) {}), kong.Vars{"demo": "false", "demo_help": ""})
	if err != nil {
		return err
	}
	_, err = parser.Parse(args)
	return err
}
