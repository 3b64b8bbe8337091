package discordtest_test

import (
	"bytes"
	"context"
	"fmt"
	"net/http"

	"github.com/ticketkit/ticketkit/adapters/discord/discordtest"
)

func Example() {
	d := discordtest.New(discordtest.Config{})
	if err := d.Start(); err != nil {
		panic(err)
	}
	defer d.Close()
	g := d.AddGuild("Example")
	help := g.AddChannel(discordtest.NewChannel{Name: "help"})
	erika := g.AddUser("erika")

	// What a bot does: it posts a message.
	req, err := http.NewRequestWithContext(context.Background(), http.MethodPost, d.URL()+"/api/v10/channels/"+help.ID+"/messages", bytes.NewReader([]byte(`{"content":"Hello!"}`)))
	if err != nil {
		panic(err)
	}
	req.Header.Set("Authorization", "Bot "+d.Token())
	req.Header.Set("Content-Type", "application/json")
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		panic(err)
	}
	_ = res.Body.Close()

	fmt.Println(erika.Messages(help.ID)[0].Content)
	// Output: Hello!
}
