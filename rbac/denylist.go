package rbac

import (
	"strings"
	"unicode"
)

// guessable reports whether a password is among what attackers try first: a common word or name, with digits and signs around it or
// letters replaced by signs, the account's own name, one character repeated, or a run of the keyboard or the alphabet.
func guessable(username, password string) bool {
	p := FoldUsername(password)
	if repeats(p) || runs(p) {
		return true
	}
	user := core(FoldUsername(username))
	inner, front := core(p), strings.TrimRightFunc(p, notLetter)
	for _, s := range []string{p, inner, unleet(p), core(unleet(p)), unleet(inner), unleet(front)} {
		if s != "" && (common[s] || half(s) || user != "" && (s == user || s == user+user)) {
			return true
		}
	}
	return inner == "" && len(p) < 12 // digits and signs only: a date, a telephone number
}

// core is what remains without the digits and signs around it: what "!!Sommer2024" is made of.
func core(s string) string { return strings.TrimFunc(s, notLetter) }

func notLetter(r rune) bool { return !unicode.IsLetter(r) }

// half reports whether s is a common word twice.
func half(s string) bool {
	return len(s)%2 == 0 && s[:len(s)/2] == s[len(s)/2:] && common[s[:len(s)/2]]
}

func unleet(s string) string {
	return strings.NewReplacer("@", "a", "4", "a", "3", "e", "1", "i", "!", "i", "0", "o", "$", "s", "5", "s", "7", "t").Replace(s)
}

// repeats reports whether s consists of at most two different characters.
func repeats(s string) bool {
	seen := map[rune]bool{}
	for _, r := range s {
		seen[r] = true
	}
	return len(seen) <= 2
}

// runs reports whether each character of s follows the one before it, upwards or downwards, in the alphabet or in the digits.
func runs(s string) bool {
	up, down := true, true
	var prev rune
	for i, r := range s {
		if i > 0 {
			up = up && (r == prev+1 || prev == '9' && r == '0')
			down = down && (r == prev-1 || prev == '0' && r == '9')
		}
		prev = r
	}
	return up || down
}

// common is never changed after it was built.
var common = wordSet(commonWords)

func wordSet(words string) map[string]bool {
	set := make(map[string]bool)
	for _, w := range strings.Fields(words) {
		set[w] = true
	}
	return set
}

// commonWords are folded, in NFC; most are compared with the core of a password only.
const commonWords = `
password passwort passwd pass pwd kennwort passphrase parole losung codewort geheim geheimnis geheimwort secret topsecret
passwordpassword mypassword meinpasswort meinkennwort neuespasswort newpassword defaultpassword standardpasswort passwortpasswort
admin administrator adminadmin root rootroot toor superuser superadmin sysadmin system manager operator master support supporter
helpdesk service servicedesk ticket tickets ticketkit ticketsystem ticketdesk desk helpme agent user username benutzer benutzername
gast guest test tester testing testtest demo beispiel example sample default standard changeme changemenow changeit aendermich
ändermich bitteändern bitteaendern temp temporary temporär initial init start login logmein signin anmelden anmeldung einloggen
welcome willkommen hallo hello hallohallo hellohello hallowelt helloworld servus moin gutentag gutenmorgen letmein letmeinnow
openup opensesame sesam sesamöffnedich zugang zugriff access access14 open trustno1 trustnoone iloveyou iloveu ichliebedich
ichliebdich liebe liebling schatz schatzi schatzie schätzchen love lover lovely baby babygirl sweetheart princess prinzessin
qwerty qwertz qwertyuiop qwertzuiop qwertzuiopü qwerty123 qwertz123 qwert asdf asdfgh asdfghjkl asdfjklö yxcvbnm zxcvbnm
1q2w3e4r 1q2w3e4r5t 1qaz2wsx qazwsx qazwsxedc q1w2e3r4 q1w2e3r4t5 zaq12wsx 1qay2wsx qayxsw yaq12wsx abc abcabc abcd abcdef abcd1234
abc12345 a1b2c3d4 a1b2c3d4e5 aa123456 abcdefg1 12341234 11223344 12344321 123123123 123321123 147258369 789456123 159753456 87654321
123qwe qwe123 123asd asd123 1234qwer qwer1234 asdf1234 pass1234 admin123 admin1234 root1234 test1234 user1234 monkey dragon tiger
löwe loewe hund katze hase mausi maus spatz bärchen baerchen pferd delfin schmetterling blume sonne sonnenschein sunshine
sternchen engel angel teufel satan dämon superman batman spiderman starwars pokemon minecraft fortnite naruto matrix ninja samurai
shadow phoenix merlin gandalf hobbit football fussball fußball baseball basketball hockey handball bundesliga bayern
bayernmünchen bayernmuenchen borussia dortmund schalke werder hamburg berlin münchen muenchen köln koeln frankfurt stuttgart
deutschland germany österreich oesterreich schweiz wien zürich zuerich america england liverpool chelsea arsenal ferrari porsche
mercedes volkswagen mustang harley corvette sommer winter frühling fruehling herbst summer spring autumn january january1 januar
februar february märz maerz april august september oktober october november dezember december montag monday freitag friday
michael thomas andreas daniel stefan martin christian alexander sebastian markus jennifer jessica michelle ashley nicole
sabine claudia susanne computer internet server network netzwerk windows linux ubuntu microsoft google facebook samsung nintendo
firma firmenname company büro buero office sicher sicherheit security secure sicheresch streng vertraulich wasistdas keineahnung
`
