package main

// who does something in a story.
type who int

const (
	customer who = iota // opened the ticket
	agent               // of the support role, in Discord
	panel               // the admin, in the pages: by the API
)

// deed is what is done.
type deed int

const (
	open   deed = iota // press the button of the panel; the text is an answer to its form, if it has one, else the first message
	write              // a message
	upload             // a message with a picture
	edit               // the newest own message becomes the text
	answer             // a message that answers the newest of somebody else
	claim              // press the button
	note               // for the team only
	finish             // close, with the text as the reason
)

// step is one thing that happens, so many beats after the one before.
type step struct {
	who   who
	deed  deed
	text  string
	after int
}

// story is how a ticket goes.
type story struct {
	locale string
	people []string // who may live it
	agent  int
	steps  []step
}

var stories = []story{
	{locale: "de", people: []string{"lena.weiss", "oskar.thiel", "heike"}, agent: 0, steps: []step{
		{customer, open, "Der Drucker im 2. OG zieht kein Papier mehr ein", 0},
		{customer, write, "Aus- und Einschalten hat nicht geholfen. Es steht „Papierstau“ da, aber es klemmt nichts.", 2},
		{agent, claim, "", 2},
		{agent, answer, "Hallo! Kannst du bitte ein Foto vom Display schicken?", 2},
		{customer, upload, "Hier ist es.", 3},
		{agent, note, "Einzugsrolle, schon der dritte Fall in dieser Woche.", 2},
		{agent, write, "Danke. Zieh bitte Fach 2 einmal ganz heraus und schieb es wieder hinein, ich kalibriere derweil die Rolle neu.", 2},
		{customer, write, "Jetzt druckt er wieder, vielen Dank!", 4},
		{agent, finish, "Rolle neu kalibriert", 2},
	}},
	{locale: "en-GB", people: []string{"noah", "priya.patel", "liam"}, agent: 1, steps: []step{
		{customer, open, "I cannot reset my password", 0},
		{customer, write, "The link in the mail says that it has expired, although I clicked it right away.", 2},
		{panel, answer, "I have sent you a fresh link that is good for an hour. Please use the newest mail, each link ends the one before.", 3},
		{customer, write, "Works, thank you", 3},
		{customer, edit, "Works, thank you! I was looking at yesterday's mail.", 1},
		{panel, finish, "", 3},
	}},
	{locale: "de", people: []string{"björn", "sabine.jäger", "mehmet"}, agent: 1, steps: []step{
		{customer, open, "Rechnung 2026-0418 kam doppelt", 0},
		{customer, write, "Einmal per Post und einmal per E-Mail. Müssen wir beide bezahlen?", 2},
		{agent, claim, "", 3},
		{agent, write, "Guten Tag, die zweite ist ein Versehen. Ich kläre das mit der Buchhaltung.", 2},
		{panel, note, "Gutschrift ist veranlasst, geht Freitag hinaus.", 3},
		{panel, answer, "Die Gutschrift geht Ihnen diese Woche zu, bitte bezahlen Sie nur die erste Rechnung.", 2},
		{customer, write, "Perfekt, damit hat sich das erledigt.", 3},
		{customer, finish, "erledigt", 2},
	}},
	{locale: "en-US", people: []string{"sofia", "ethan", "amara"}, agent: 0, steps: []step{
		{customer, open, "The app closes when I open the calendar", 0},
		{customer, upload, "Since the update. This is the last thing I see.", 2},
		{agent, claim, "", 2},
		{agent, answer, "Thank you, we can reproduce it. A fix is in version 4.2.1, which should reach you today.", 2},
		{agent, note, "Affects everybody on 4.2.0, see the release notes.", 2},
		{customer, write, "Great, I will wait for it.", 3},
	}},
	{locale: "de", people: []string{"yusuf", "grete", "malte"}, agent: 0, steps: []step{
		{customer, open, "VPN bricht alle paar Minuten ab", 0},
		{customer, write, "Nur im Homeoffice. Das Internet selbst läuft durch.", 2},
		{customer, write, "Gerade schon wieder …", 4},
	}},
}
