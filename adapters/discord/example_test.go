package discord_test

import (
	"log"
	"os"

	"github.com/ticketkit/ticketkit"
	"github.com/ticketkit/ticketkit/adapters"
	"github.com/ticketkit/ticketkit/adapters/discord"
	"github.com/ticketkit/ticketkit/store"
	"github.com/ticketkit/ticketkit/ticket"
)

// The adapter is one of the desk's; ticketkit.New tells it of the desk, and Desk.Run runs it.
func Example() {
	var st *store.Store // from sqlite.Open, say
	bot, err := discord.New(discord.Config{
		Token: os.Getenv("DISCORD_BOT_TOKEN"), GuildID: "1200000000000000001", PanelChannelID: "1200000000000000002",
		CategoryIDs: []string{"1200000000000000003"}, SupportRoleIDs: []string{"1200000000000000004"}, State: st,
		Kinds: []discord.Kind{{ID: "printer", Label: discord.Text{DE: "Drucker", EN: "Printer"}, Priority: ticket.High,
			Questions: []discord.Question{{ID: "what", Label: discord.Text{DE: "Was ist los?", EN: "What is wrong?"}, Long: true}}}},
	})
	if err != nil {
		log.Print(err)
		return
	}
	desk, err := ticketkit.New(ticketkit.Config{Store: st, Secret: []byte(os.Getenv("SECRET")), Adapters: []adapters.Adapter{bot}})
	if err != nil {
		log.Print(err)
		return
	}
	_ = desk // desk.Run(ctx)
}
