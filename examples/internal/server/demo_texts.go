package server

// demoStory is one kind of request and how it is answered.
type demoStory struct{ subject, body, answer, tag string }

type demoTexts struct {
	letter      string // body, name
	first, last []string
	stories     []demoStory
	notes       []string
	thanks      []string
}

var demoGerman = demoTexts{
	letter: "Guten Tag,\n\n%s\n\nMit freundlichen Grüßen\n%s",
	first:  []string{"Heike", "Björn", "Sabine", "Mehmet", "Ute", "Jürgen", "Lena", "Oskar", "Renate", "Yusuf", "Grete", "Malte"},
	last:   []string{"Brandt", "Öztürk", "Schäfer", "Lindner", "Großmann", "Kowalski", "Weiß", "Hartmann", "Jäger", "Thiel"},
	stories: []demoStory{
		{"Drucker im 2. OG zieht kein Papier ein", "der große Drucker im zweiten Stock meldet seit heute Morgen Papierstau, obwohl nichts klemmt. Aus- und Einschalten hat nicht geholfen.", "wir haben die Einzugsrolle aus der Ferne neu kalibriert. Bitte ziehen Sie Fach 2 einmal ganz heraus und schieben Sie es wieder hinein. Geht es jetzt?", "hardware"},
		{"Passwort abgelaufen, keine Anmeldung möglich", "mein Passwort ist über das Wochenende abgelaufen und ich komme nicht mehr in mein Konto.", "ich habe Ihr Konto freigeschaltet. Beim nächsten Anmelden werden Sie nach einem neuen Passwort gefragt.", "konto"},
		{"Rechnung 2026-0418 doppelt erhalten", "die Rechnung 2026-0418 ist bei uns zweimal eingegangen, einmal per Post und einmal per E-Mail. Müssen wir beide bezahlen?", "bitte betrachten Sie die zweite Rechnung als gegenstandslos. Eine Gutschrift geht Ihnen diese Woche zu.", "rechnung"},
		{"VPN bricht alle paar Minuten ab", "im Homeoffice verliere ich etwa alle zehn Minuten die VPN-Verbindung. Das Internet selbst läuft durch.", "das liegt vermutlich am Energiesparmodus der Netzwerkkarte. Im Anhang der nächsten Mail finden Sie die Anleitung, vorab: bitte den Client einmal aktualisieren.", "netzwerk"},
		{"Zugang für neue Kollegin ab 1. des Monats", "zum Monatsersten beginnt eine neue Kollegin in der Buchhaltung. Sie braucht ein Postfach und Zugriff auf die Ablage.", "beides ist angelegt. Die Zugangsdaten bekommt Ihre Kollegin am ersten Arbeitstag persönlich.", "konto"},
		{"Webshop zeigt falschen Lieferstatus", "meine Bestellung wird seit fünf Tagen als „in Zustellung“ angezeigt, angekommen ist nichts.", "die Sendung lag beim Zusteller. Sie ist heute wieder unterwegs; sollte sie morgen nicht da sein, schicken wir Ersatz.", "versand"},
		{"Monitor flackert", "einer meiner beiden Bildschirme flackert, sobald ich das Fenster verschiebe.", "das klingt nach dem Kabel. Ich bringe Ihnen heute Nachmittag ein neues vorbei.", "hardware"},
		{"Frage zur Kündigungsfrist", "wir überlegen, den Tarif zu wechseln. Welche Frist gilt für unseren laufenden Vertrag?", "Ihr Vertrag läuft jeweils zum Quartalsende, die Frist beträgt vier Wochen. Ein Wechsel in einen größeren Tarif ist jederzeit möglich.", "vertrag"},
		{"Export der Kundendaten bricht ab", "beim Export in eine CSV-Datei erscheint nach etwa einer Minute ein Fehler, die Datei bleibt leer.", "der Export läuft jetzt im Hintergrund und meldet sich per Mail, wenn er fertig ist. Bitte versuchen Sie es noch einmal.", "software"},
		{"Telefonanlage: Warteschleife zu laut", "mehrere Anrufer haben sich beschwert, dass die Musik in der Warteschleife sehr laut ist.", "die Lautstärke ist um 6 dB gesenkt. Sagen Sie gern Bescheid, wenn es noch zu laut ist.", "telefon"},
	},
	notes:  []string{"Kollege aus der Spätschicht weiß mehr, morgen früh nachfragen.", "Kunde ist sehr geduldig, bitte trotzdem heute noch melden.", "Schon der dritte Fall dieser Art in dieser Woche.", "Gerät ist noch in der Gewährleistung.", "Rückruf zwischen 14 und 16 Uhr vereinbart."},
	thanks: []string{"Vielen Dank, jetzt funktioniert es wieder.", "Danke für die schnelle Antwort! Das hat geholfen.", "Leider besteht das Problem weiterhin. Was kann ich noch versuchen?", "Perfekt, damit hat sich das erledigt."},
}

var demoEnglish = demoTexts{
	letter: "Hello,\n\n%s\n\nKind regards\n%s",
	first:  []string{"Olivia", "Noah", "Priya", "Liam", "Sofia", "Ethan", "Amara", "Felix"},
	last:   []string{"Walker", "Hughes", "Patel", "O'Connor", "Nowak", "Silva", "Bennett"},
	stories: []demoStory{
		{"Cannot reset my password", "the reset link in your mail says that it has expired, although I clicked it right away.", "I have sent you a fresh link that is good for an hour. Please use the most recent mail, each new one ends the one before.", "account"},
		{"Wrong amount on last invoice", "our invoice for October lists twelve seats, but we have ten. Could you check?", "you are right, two seats were removed in September. A corrected invoice is on its way.", "billing"},
		{"App crashes when I open the calendar", "since the update the app closes as soon as I tap on the calendar.", "thank you for the report. A fix is in version 4.2.1, which should reach you today.", "software"},
		{"Parcel arrived damaged", "the box was torn and one of the two lamps is broken. Photos on request.", "I am sorry about that. A replacement leaves our warehouse tomorrow; you need not send the broken one back.", "shipping"},
		{"Question about the API limits", "we plan to import about 40,000 records. Is there a limit per minute that we should respect?", "ten requests a second are fine. For a one-off import of that size, please use the bulk endpoint during the night.", "api"},
		{"Meeting room screen stays black", "the screen in room Elbe stays black when I connect a laptop.", "the input was set to the wrong port. It works again, and we have put a label next to the remote control.", "hardware"},
		{"Change of billing address", "we have moved. Please use our new address from now on, you will find it in our profile.", "done. The next invoice carries the new address.", "billing"},
	},
	notes:  []string{"Same customer wrote last month about this, see the earlier ticket.", "Waiting for the supplier, they promised an answer by Thursday.", "Seems to affect everybody on the old version.", "Customer prefers a call after five."},
	thanks: []string{"That solved it, thank you!", "Great, works now.", "It still happens, unfortunately. Anything else I can try?", "Thanks for the quick help."},
}
