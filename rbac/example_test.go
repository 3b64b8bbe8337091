package rbac_test

import (
	"bytes"
	"context"
	"fmt"

	"github.com/ticketkit/ticketkit/rbac"
	"github.com/ticketkit/ticketkit/rbac/rbactest"
	"github.com/ticketkit/ticketkit/ticket"
)

func Example() {
	ctx := context.Background()
	accounts, err := rbac.New(rbac.Config{
		Store:    rbactest.NewStore(),
		ChainKey: bytes.Repeat([]byte("c"), 32), // in earnest, keys derive from the desk's secret
		JWTKeys:  []rbac.Key{{ID: "2026", Secret: bytes.Repeat([]byte("j"), 32)}},
	})
	if err != nil {
		panic(err)
	}
	if _, _, err := accounts.Bootstrap(ctx, "chefin", "Rhabarber im Regen"); err != nil {
		panic(err)
	}
	login, err := accounts.Login(ctx, "chefin", "Rhabarber im Regen", rbac.LoginMeta{Address: "192.0.2.1"})
	if err != nil {
		panic(err)
	}

	// With each request:
	who, err := accounts.Authenticate(ctx, login.Token)
	if err != nil {
		panic(err)
	}
	user, err := accounts.CreateUser(ctx, who.Actor, rbac.NewUser{Username: "mia", Role: rbac.RoleViewer, Password: "Zwölf Enten schweigen"})
	if err != nil {
		panic(err)
	}
	grant, err := accounts.Policy().Grant(ctx, nil, ticket.AccountActor(user.ID, "mia"), ticket.OpTicketClaim)
	if err != nil {
		panic(err)
	}
	fmt.Println(user.Username, "may claim:", !grant.Empty())
	// Output: mia may claim: false
}

func ExampleAccounts_EnsureExternal() {
	accounts, err := rbac.New(rbac.Config{
		Store:    rbactest.NewStore(),
		ChainKey: bytes.Repeat([]byte("c"), 32),
		JWTKeys:  []rbac.Key{{ID: "2026", Secret: bytes.Repeat([]byte("j"), 32)}},
	})
	if err != nil {
		panic(err)
	}
	// The host has its own login and knows who is asking.
	who, err := accounts.EnsureExternal(context.Background(), "employee-4711", "mia", "Mia Muster", rbac.RoleSupport)
	if err != nil {
		panic(err)
	}
	fmt.Println(who.Actor.Name, len(who.Permissions) > 0)
	// Output: Mia Muster true
}
