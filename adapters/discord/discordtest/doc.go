// Package discordtest is a Discord in memory for tests of bots: REST and gateway over real HTTP and a real websocket, guilds with channels,
// roles and permissions, and simulated people who click, write and leave. It knows one bot.
//
//	d := discordtest.New(discordtest.Config{})
//	d.Start()
//	defer d.Close()
//	g := d.AddGuild("Example")
//	help := g.AddChannel(discordtest.NewChannel{Name: "help"})
//	erika := g.AddUser("erika")
//	// point the bot at d.URL() with d.Token(), then:
//	in, err := erika.Click(help.ID, panel.ID, "open")
//	answer, err := in.Answer(ctx)
//
// It refuses what Discord refuses, with Discord's own codes: answers to an interaction after three seconds, a second answer, follow-ups after
// fifteen minutes, a modal that is not the first answer, texts, embeds and component rows over their limits, the 51st channel of a category,
// what the bot's permissions do not cover, and requests over a rate limit, including the hidden one on renaming a channel.
// Methods of Server, Guild, User and Interaction may be called concurrently.
package discordtest
