package main

import (
	"bytes"
	"context"
	"encoding/json"
)

// signIn gives the token of a session.
func signIn(ctx context.Context, url, password string) (string, error) {
	in, err := json.Marshal(map[string]string{"username": "admin", "password": password})
	if err != nil {
		return "", err
	}
	b, err := ask(ctx, "POST", url+"/api/auth/login", "", bytes.NewReader(in))
	if err != nil {
		return "", err
	}
	var out struct{ Token string }
	err = json.Unmarshal(b, &out)
	return out.Token, err
}

// tickets is the number of the newest ticket.
func tickets(ctx context.Context, d *demoDesk) (int64, error) {
	b, err := ask(ctx, "GET", d.url+"/api/tickets?sort=-number&limit=1", d.token, nil)
	if err != nil {
		return 0, err
	}
	var out struct{ Items []struct{ Number int64 } }
	if err := json.Unmarshal(b, &out); err != nil || len(out.Items) == 0 {
		return 0, err
	}
	return out.Items[0].Number, nil
}
