// Package discord is the channel for Discord: people open tickets by a button in a server, talk to the team in a private channel, and
// agents answer there, in the panel or by mail.
//
// It stands on discordgo as transport only. The library's own reconnecting, its retries of requests and its decoding of events are not
// used, because they lose events with unknown parts, retry for ever what can never work and cannot be interrupted; see gateway, client and
// queues.
package discord
