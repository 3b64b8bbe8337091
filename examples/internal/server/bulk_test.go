package server_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/crypto/bcrypt"
)

// Users of a replaced system sign in with the passwords that they had.
func TestUsersKeepTheirPasswords(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	env := []string{"DATA_DIR=" + dir}
	hash, err := bcrypt.GenerateFromPassword([]byte("an old password"), bcrypt.MinCost)
	require.NoError(t, err)
	file := filepath.Join(dir, "users.ndjson")
	write := func(text string) { require.NoError(t, os.WriteFile(file, []byte(text), 0o600)) }

	write("{\"username\":\"emil\",\"role\":\"owner\"}\n")
	_, errOut := runs(t, 1, env, "user", "import", file)
	require.Contains(t, errOut, `line 1: role "owner" is not admin, support or viewer`)
	write("\n{\"username\":\"emil\",\"role\":\"admin\",\"password_hash\":\"" + string(hash) + "\",\"_id\":7}\n{\"username\":\"dora\",\"active\":false,\"_id\":8}\n")
	out, errOut := runs(t, 0, env, "user", "import", file)
	require.Contains(t, out, "2 accounts made, 0 were there already")
	require.Contains(t, out, "dora (support) may sign in with ")
	require.Contains(t, errOut, `nothing reads "_id"`)
	out, _ = runs(t, 0, env, "user", "import", file)
	require.Contains(t, out, "0 accounts made, 2 were there already")
	out, _ = runs(t, 0, env, "user", "list")
	require.Regexp(t, `dora +support +inactive`, out)

	d := start(t, dir)
	var in struct{ Token string }
	d.call("POST", "auth/login", map[string]string{"username": "emil", "password": "another password"}, nil, 401)
	for range 2 { // the second time with the hash that the first sign-in made
		d.call("POST", "auth/login", map[string]string{"username": "emil", "password": "an old password"}, &in, 200)
	}
	d.token = in.Token
	d.call("GET", "tickets", nil, nil, 200)
}

// Tickets of a replaced system come with their times, once, and nothing of them is sent.
func TestTicketsAreTakenOver(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	env := []string{"DATA_DIR=" + dir}
	file := filepath.Join(dir, "tickets.ndjson")
	first := `{"key":"old-17","subject":"Printer","created_at":"2025-03-04T09:00:00Z","status":"closed","tags":["printer"],"requester":{"name":"Kim","email":"kim@customer.example"},"messages":[` +
		`{"at":"2025-03-04T09:00:00Z","from":"requester","text":"It prints nothing."},{"at":"2025-03-04T10:30:00Z","from":"agent","author":"anna","text":"Please switch it on."},` +
		`{"at":"2025-03-04T11:00:00Z","from":"requester","text":"Thank you."}]}`
	second := `{"key":"old-18","subject":"Invoice","created_at":"2025-03-05T12:00:00Z","requester":{"email":"robin@customer.example"},"messages":[{"from":"requester","text":"The sum is wrong."}]}`
	for bad, want := range map[string]string{
		`{"key":"x"}`: "line 1: subject is missing", `{"key":"x","subject":"s","created_at":"2025-03-04T09:00:00Z","requester":{"email":"a@b.example"},"messages":[{"from":"agent"}]}`: "must begin with one from the requester",
		`not json`: "line 1: ",
	} {
		require.NoError(t, os.WriteFile(file, []byte(bad), 0o600))
		_, errOut := runs(t, 1, env, "ticket", "import", file)
		require.Contains(t, errOut, want)
	}
	require.NoError(t, os.WriteFile(file, []byte(first+"\n"+second+"\n"), 0o600))
	out, _ := runs(t, 0, env, "ticket", "import", file)
	require.Contains(t, out, "2 tickets taken over, 0 were there already")
	out, _ = runs(t, 0, env, "ticket", "import", file)
	require.Contains(t, out, "0 tickets taken over, 2 were there already")
	runs(t, 0, env, "verify")

	d := start(t, dir)
	d.signIn()
	var l struct {
		Items []struct {
			ID, Subject, Status string
			CreatedAt           string `json:"created_at"`
		}
	}
	d.call("GET", "tickets?sort=number", nil, &l, 200)
	require.Len(t, l.Items, 2)
	require.Equal(t, []string{"Printer", "closed"}, []string{l.Items[0].Subject, l.Items[0].Status})
	require.Contains(t, l.Items[0].CreatedAt, "2025-03-04T09:00:00")
	require.Equal(t, "open", l.Items[1].Status)
	ms := d.messages(l.Items[0].ID)
	require.Len(t, ms, 3)
	kinds := []string{}
	for _, m := range ms {
		kinds = append(kinds, m.Kind)
	}
	require.Equal(t, []string{"public", "note", "public"}, kinds)
	require.Contains(t, ms[1].Text, "anna, 2025-03-04 10:30 UTC")
	require.Contains(t, ms[1].Text, "Please switch it on.")
	sent, err := os.ReadDir(filepath.Join(dir, "outbox"))
	require.True(t, err == nil && len(sent) == 0 || os.IsNotExist(err), "%d mails left", len(sent))
	jobs, _ := runs(t, 0, env, "jobs", "list", "--all")
	require.NotContains(t, jobs, "deliver")
}
