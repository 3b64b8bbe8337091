package mime

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// TestAttributionsOfManyLanguages: the lines that mail programs write above a quotation, with and without marks before its lines.
func TestAttributionsOfManyLanguages(t *testing.T) {
	t.Parallel()
	for _, line := range []string{
		"On Mon, Nov 23, 2026 at 10:15 AM Ann Lee <ann@x.example> wrote:",
		"On 23 Nov 2026, at 10:15, Ann Lee <ann@x.example> wrote:",
		"On 23/11/2026 10:15, Ann Lee wrote:",
		"On 2026-11-23 10:15, ann@x.example wrote:",
		"On Monday, November 23rd, 2026 at 10:15 AM, Ann <ann@x.example> wrote:",
		"On Monday, November 23, 2026 at 10:15:12 AM EST, Ann <ann@x.example>\nwrote:",
		"Ann Lee <ann@x.example> wrote on 23.11.2026 10:15:",
		"Ann Lee <ann@x.example> schrieb am Mo., 23. Nov. 2026, 10:15:",
		"Am 23.11.26 um 10:15 schrieb Ann Lee:",
		"Am 23.11.2026 um 10:15 schrieb Ann Lee <ann@x.example>:",
		"Am Mo., 23. Nov. 2026 um 10:15 Uhr schrieb Ann Lee <ann@x.example>:",
		"Am Montag, 23. November 2026, 10:15:12 MEZ hat Ann <ann@x.example> Folgendes geschrieben:",
		"Am Montag, den 23.11.2026, 10:15 +0100 schrieb Ann Lee:",
		"Ann Lee hat am 23.11.2026 10:15 geschrieben:",
		"Ann Lee schrieb am 23.11.2026 um 10:15:",
		"-- Ann Lee (ann@x.example) schrieb am 23.11.2026 um 10:15:",
		"Le lun. 23 nov. 2026 à 10:15, Ann Lee <ann@x.example> a écrit :",
		"Le 23/11/2026 à 10:15, Ann Lee a écrit :",
		"Le lundi 23 novembre 2026 à 10:15:12 UTC+1, Ann <ann@x.example> a écrit :",
		"El lun, 23 nov 2026 a las 10:15, Ann Lee (<ann@x.example>) escribió:",
		"El lunes, 23 de noviembre de 2026, 10:15:12 CET, Ann <ann@x.example> escribió:",
		"El 23/11/2026 a las 10:15, Ann Lee escribió:",
		"Em seg., 23 de nov. de 2026 às 10:15, Ann Lee <ann@x.example> escreveu:",
		"Em 23/11/2026 10:15, Ann Lee escreveu:",
		"A seg, 23/11/2026, 10:15, Ann Lee <ann@x.example> escreveu:",
		"No dia 23 de novembro de 2026, Ann Lee <ann@x.example> escreveu:",
		"Il giorno lun 23 nov 2026 alle ore 10:15 Ann Lee <ann@x.example> ha scritto:",
		"Il 23/11/2026 10:15, Ann Lee ha scritto:",
		"In data lunedì 23 novembre 2026 10:15:12 CET, Ann Lee ha scritto:",
		"Op ma 23 nov 2026 om 10:15 schreef Ann Lee <ann@x.example>:",
		"Op 23-11-2026 om 10:15 schreef Ann Lee:",
		"Op 23 nov. 2026, om 10:15 heeft Ann Lee <ann@x.example> het volgende geschreven:",
		"Ann Lee <ann@x.example> schreef op 23 november 2026 10:15:",
		"Den mån 23 nov. 2026 kl 10:15 skrev Ann Lee <ann@x.example>:",
		"Den 2026-11-23 kl. 10:15, skrev Ann Lee:",
		"23 nov. 2026 kl. 10:15 skrev Ann Lee <ann@x.example>:",
		"Den man. 23. nov. 2026 kl. 10.15 skrev Ann Lee <ann@x.example>:",
		"Den 23-11-2026 kl. 10:15 skrev Ann Lee:",
		"man. 23. nov. 2026 kl. 10:15 skrev Ann Lee <ann@x.example>:",
		"Den 23.11.2026 10:15, skrev Ann Lee:",
		"På 23. november 2026 kl. 10:15 skrev Ann <ann@x.example>:",
		"ma 23. marrask. 2026 klo 10.15 Ann Lee (ann@x.example) kirjoitti:",
		"Ann Lee kirjoitti 23.11.2026 klo 10.15:",
		"Ann Lee <ann@x.example> kirjoitti 23.11.2026 kello 10.15:",
		"pon., 23 lis 2026 o 10:15 Ann Lee <ann@x.example> napisał(a):",
		"W dniu 23.11.2026 o 10:15, Ann Lee pisze:",
		"W dniu poniedziałek, 23 listopada 2026 Ann Lee <ann@x.example> napisał(a):",
		"Dnia 23 listopada 2026 10:15 Ann Lee <ann@x.example> napisał(a):",
		"po 23. 11. 2026 v 10:15 odesílatel Ann Lee <ann@x.example> napsal:",
		"Dne 23.11.2026 v 10:15 Ann Lee napsal(a):",
		"Dne pondělí 23. listopadu 2026 10:15:12 CET, Ann Lee napsal(a):",
		"po 23. 11. 2026 o 10:15 Ann Lee <ann@x.example> napísal(a):",
		"Dňa 23.11.2026 o 10:15 Ann Lee napísal(a):",
		"пн, 23 нояб. 2026 г. в 10:15, Ann Lee <ann@x.example>:",
		"23.11.2026 10:15, Ann Lee пишет:",
		"Понедельник, 23 ноября 2026, 10:15 +03:00 от Ann Lee <ann@x.example>:",
		"23 нояб. 2026 г., в 10:15, Ann Lee <ann@x.example> написал(а):",
		"пн, 23 лист. 2026 р. о 10:15 Ann Lee <ann@x.example> пише:",
		"2026. 11. 23. 10:15 keltezéssel, Ann Lee írta:",
		"Ann Lee <ann@x.example> ezt írta (időpont: 2026. nov. 23., H, 10:15):",
		"În lun., 23 nov. 2026 la 10:15, Ann Lee <ann@x.example> a scris:",
		"Pe 23.11.2026 10:15, Ann Lee a scris:",
		"Ann Lee <ann@x.example>, 23 Kas 2026 Pzt, 10:15 tarihinde şunu yazdı:",
		"Στις Δευ 23 Νοε 2026 στις 10:15 π.μ., ο χρήστης Ann Lee <ann@x.example> έγραψε:",
		"2026年11月23日(月) 10:15 Ann Lee <ann@x.example>:",
		"2026年11月23日(月) 10:15、Ann Lee <ann@x.example>のメール:",
		"2026/11/23 10:15、Ann Lee <ann@x.example>のメール:",
		"On 2026/11/23 10:15, Ann Lee wrote:",
		"Ann Lee <ann@x.example> 于2026年11月23日周一 10:15写道：",
		"Ann Lee <ann@x.example> 於 2026年11月23日 週一 上午10:15寫道：",
		"在 2026年11月23日，上午10:15，Ann Lee <ann@x.example> 写道：",
		"在 2026-11-23 10:15:12，\"Ann Lee\" <ann@x.example> 写道：",
		"2026년 11월 23일 (월) 오전 10:15, Ann Lee <ann@x.example>님이 작성:",
		"Vào Th 2, 23 thg 11, 2026 vào lúc 10:15 Ann Lee <ann@x.example> đã viết:",
		"Pada tanggal Sen, 23 Nov 2026 pukul 10.15 Ann Lee <ann@x.example> menulis:",
		"בתאריך יום ב׳, 23 בנוב׳ 2026 ב-10:15 מאת Ann Lee <ann@x.example>:",
		"في الاثنين، 23 نوفمبر 2026 في 10:15 ص تمت كتابة ما يلي بواسطة Ann Lee <ann@x.example>:",
		"pon, 23. stu 2026. u 10:15 Ann Lee <ann@x.example> napisao je:",
		"2026-11-23 10:15 GMT+01:00 Ann Lee <ann@x.example>:",
		"Quoting Ann Lee <ann@x.example>:",
		"Zitat von Ann Lee <ann@x.example>:",
	} {
		fresh, quoted := fold("Danke, das geht.\n\n"+line+"\n\n> Die alte Frage\n> geht weiter\n", "")
		require.Equal(t, "Danke, das geht.", fresh, line)
		require.Contains(t, quoted, "Die alte Frage", line)
		if line == "Quoting Ann Lee <ann@x.example>:" || line == "Zitat von Ann Lee <ann@x.example>:" {
			continue // nothing but the marks tell these from the words of a person
		}
		fresh, _ = fold("Danke, das geht.\n\n"+line+"\n> Die alte Frage\n\nMit freundlichen Grüßen\nErika", "")
		require.Contains(t, fresh, "Mit freundlichen Grüßen", line)
	}
}

// TestHeaderBlocksOfManyLanguages: the block that Outlook writes above the mail that is answered.
func TestHeaderBlocksOfManyLanguages(t *testing.T) {
	t.Parallel()
	for _, block := range []string{
		"From: Ann Lee <ann@x.example>\nSent: Monday, November 23, 2026 10:15 AM\nTo: Bo <bo@y.example>\nSubject: Printer",
		"From: Ann Lee <ann@x.example>\nDate: Monday, 23 November 2026 at 10:15\nTo: Bo <bo@y.example>\nCc: Al <al@y.example>\nSubject: Re: Printer",
		"Von: Ann Lee <ann@x.example>\nGesendet: Montag, 23. November 2026 10:15\nAn: Bo <bo@y.example>\nBetreff: Drucker",
		"*Von:* Ann Lee <ann@x.example>\n*Gesendet:* Montag, 23. November 2026 10:15\n*An:* Bo <bo@y.example>\n*Betreff:* Drucker",
		"De : Ann Lee <ann@x.example>\nEnvoyé : lundi 23 novembre 2026 10:15\nÀ : Bo <bo@y.example>\nObjet : Imprimante",
		"De: Ann Lee <ann@x.example>\nEnviado: lunes, 23 de noviembre de 2026 10:15\nPara: Bo <bo@y.example>\nAsunto: Impresora",
		"De: Ann Lee <ann@x.example>\nEnviado el: lunes, 23 de noviembre de 2026 10:15\nPara: Bo <bo@y.example>\nAsunto: Impresora",
		"De: Ann Lee <ann@x.example>\nEnviada em: segunda-feira, 23 de novembro de 2026 10:15\nPara: Bo <bo@y.example>\nAssunto: Impressora",
		"Da: Ann Lee <ann@x.example>\nInviato: lunedì 23 novembre 2026 10:15\nA: Bo <bo@y.example>\nOggetto: Stampante",
		"Van: Ann Lee <ann@x.example>\nVerzonden: maandag 23 november 2026 10:15\nAan: Bo <bo@y.example>\nOnderwerp: Printer",
		"Fra: Ann Lee <ann@x.example>\nSendt: 23. november 2026 10:15\nTil: Bo <bo@y.example>\nEmne: Printer",
		"Från: Ann Lee <ann@x.example>\nSkickat: den 23 november 2026 10:15\nTill: Bo <bo@y.example>\nÄmne: Skrivare",
		"Lähettäjä: Ann Lee <ann@x.example>\nLähetetty: maanantai 23. marraskuuta 2026 10.15\nVastaanottaja: Bo <bo@y.example>\nAihe: Tulostin",
		"Od: Ann Lee <ann@x.example>\nWysłano: poniedziałek, 23 listopada 2026 10:15\nDo: Bo <bo@y.example>\nTemat: Drukarka",
		"Od: Ann Lee <ann@x.example>\nOdesláno: pondělí 23. listopadu 2026 10:15\nKomu: Bo <bo@y.example>\nPředmět: Tiskárna",
		"Od: Ann Lee <ann@x.example>\nOdoslané: pondelok 23. novembra 2026 10:15\nKomu: Bo <bo@y.example>\nPredmet: Tlačiareň",
		"Gönderen: Ann Lee <ann@x.example>\nGönderme Tarihi: 23.11.2026 10:15\nKime: Bo <bo@y.example>\nKonu: x",
		"Od: Ann Lee <ann@x.example>\nPoslano: 23.11.2026 10:15\nZa: Bo <bo@y.example>\nZadeva: x",
		"Saatja: Ann Lee <ann@x.example>\nSaadetud: 23.11.2026 10:15\nAdressaat: Bo <bo@y.example>\nTeema: x",
		"No: Ann Lee <ann@x.example>\nNosūtīts: 23.11.2026 10:15\nKam: Bo <bo@y.example>\nTēma: x",
		"Nuo: Ann Lee <ann@x.example>\nIšsiųsta: 23.11.2026 10:15\nKam: Bo <bo@y.example>\nTema: x",
		"Од: Ann Lee <ann@x.example>\nПослато: 23.11.2026 10:15\nЗа: Bo <bo@y.example>\nТема: x",
		"Od: Ann Lee <ann@x.example>\nPoslato: 23.11.2026 10:15\nZa: Bo <bo@y.example>\nTema: x",
		"De: Ann Lee <ann@x.example>\nEnviat el: 23.11.2026 10:15\nPer a: Bo <bo@y.example>\nTema: x",
		"Dari: Ann Lee <ann@x.example>\nDikirim: 23.11.2026 10:15\nKepada: Bo <bo@y.example>\nSubjek: x",
		"از: Ann Lee <ann@x.example>\nارسال شد: 23.11.2026 10:15\nبه: Bo <bo@y.example>\nموضوع: x",
		"От: Ann Lee <ann@x.example>\nОтправлено: понедельник, 23 ноября 2026 г. 10:15\nКому: Bo <bo@y.example>\nТема: Принтер",
		"Від: Ann Lee <ann@x.example>\nНадіслано: понеділок, 23 листопада 2026 р. 10:15\nКому: Bo <bo@y.example>\nТема: Принтер",
		"Feladó: Ann Lee <ann@x.example>\nElküldve: 2026. november 23., hétfő 10:15\nCímzett: Bo <bo@y.example>\nTárgy: Nyomtató",
		"De la: Ann Lee <ann@x.example>\nTrimis: luni, 23 noiembrie 2026 10:15\nCătre: Bo <bo@y.example>\nSubiect: Imprimanta",
		"Kimden: Ann Lee <ann@x.example>\nGönderildi: 23 Kasım 2026 Pazartesi 10:15\nKime: Bo <bo@y.example>\nKonu: Yazıcı",
		"Από: Ann Lee <ann@x.example>\nΣτάλθηκε: Δευτέρα, 23 Νοεμβρίου 2026 10:15\nΠρος: Bo <bo@y.example>\nΘέμα: Εκτυπωτής",
		"发件人: Ann Lee <ann@x.example>\n发送时间: 2026年11月23日 10:15\n收件人: Bo <bo@y.example>\n主题: 打印机",
		"寄件者: Ann Lee <ann@x.example>\n寄件日期: 2026年11月23日 10:15\n收件者: Bo <bo@y.example>\n主旨: 印表機",
		"差出人: Ann Lee <ann@x.example>\n送信日時: 2026年11月23日 10:15\n宛先: Bo <bo@y.example>\n件名: プリンター",
		"보낸 사람: Ann Lee <ann@x.example>\n보낸 날짜: 2026년 11월 23일 월요일 오전 10:15\n받는 사람: Bo <bo@y.example>\n제목: 프린터",
	} {
		fresh, quoted := fold("Danke, das geht.\n\n"+block+"\n\nDie alte Frage\n", "")
		require.Equal(t, "Danke, das geht.", fresh, block)
		require.Contains(t, quoted, "Die alte Frage", block)
		fresh, _ = fold("Danke, das geht.\n\n________________________________\n"+block+"\n\nDie alte Frage\n", "")
		require.Equal(t, "Danke, das geht.", fresh, block)
	}
}

// TestAutomaticSubjects: what programs write as a subject, and what people write that looks alike.
func TestAutomaticSubjects(t *testing.T) {
	t.Parallel()
	for _, s := range []string{
		"Automatic reply: Printer", "Auto-Reply: Printer", "Autoreply: x", "Auto: Out of Office", "Out of Office: x", "Out of the office: x", "OOO: x", "[Auto-Reply] x", "Out of Office", "Out of Office Re: x", "Out of Office AutoReply: x", "Out-of-office reply", "Abwesenheitsnotiz", "Abwesenheitsnotiz AW: x", "Abwesenheitsnotiz - x",
		"Automatische Abwesenheitsnotiz", "Automatische E-Mail-Antwort: x", "Automatische Eingangsbestätigung", "I am out of office Re: x", "Vacation reply: x", "Away from my mail Re: x", "Automated reply: x", "Thank you for your message [Auto-Reply]", "Abwesenheitsmeldung Re: x", "Urlaubsbenachrichtigung: x", "Automātiska atbilde: x", "Automatinis atsakymas: x", "Automaatvastus: x", "Automatski odgovor: x", "Samodejni odgovor: x", "Resposta automàtica: x", "Trả lời tự động: x", "Balasan otomatis: x", "رد تلقائي: x", "תשובה אוטומטית: x", "การตอบกลับอัตโนมัติ: x",
		"Delivery delayed: x", "Zustellung verzögert: x", "Read Receipt: x", "Lesebestätigung: x", "Nicht gelesen: x", "Not read: x", "Message Recall Failure: x", "Zustellungsstatusbenachrichtigung (Fehler)", "Benachrichtigung zum Übermittlungsstatus (Fehlgeschlagen)", "Undeliverable Mail", "[Preview] Report Domain: desk.example Submitter: x.example Report-ID: <1>",
		"Automatische Antwort: Drucker", "AUTO: Abwesenheit", "Abwesenheitsnotiz: x", "Abwesenheitsassistent: x", "Abwesend: x", "Abwesenheitsmeldung: x", "Nicht im Büro: x", "Autoreply - Urlaub",
		"Réponse automatique : x", "Réponse automatique: x", "Absence du bureau : x", "Absent du bureau : x", "Message d'absence : x", "Respuesta automática: x", "Fuera de la oficina: x", "Ausente: x",
		"Risposta automatica: x", "Fuori sede: x", "Fuori ufficio: x", "Automatisch antwoord: x", "Afwezig: x", "Niet aanwezig: x", "Afwezigheidsbericht: x",
		"Resposta automática: x", "Ausência temporária: x", "Fora do escritório: x", "Odpowiedź automatyczna: x", "Automatyczna odpowiedź: x", "Nieobecność: x", "Autosvar: x", "Automatisk svar: x", "Automatiskt svar: x",
		"Fraværsmelding: x", "Ikke til stede: x", "Frånvaromeddelande: x", "Automaattinen vastaus: x", "Poissa: x", "Automatická odpověď: x", "Automatická odpoveď: x", "Mimo kancelář: x",
		"Автоматический ответ: x", "Автоответ: x", "Автовідповідь: x", "Automatikus válasz: x", "Răspuns automat: x", "Otomatik yanıt: x", "Αυτόματη απάντηση: x",
		"自動応答: x", "自動返信: x", "不在通知: x", "自动答复: x", "自动回复: x", "自動回覆: x", "자동 회신: x", "자동 응답: x",
		"Undeliverable: x", "Undelivered Mail Returned to Sender", "Mail delivery failed: returning message to sender", "Delivery Status Notification (Failure)", "Returned mail: see transcript for details", "failure notice",
		"Unzustellbar: x", "Nicht zustellbar: x", "Zustellung fehlgeschlagen: x", "Ihre E-Mail konnte nicht zugestellt werden", "Übermittlung fehlgeschlagen", "Non remis : x", "Non recapitabile: x", "Mancato recapito: x", "No se puede entregar: x", "No entregable: x",
		"Onbestelbaar: x", "Kan niet worden bezorgd: x", "Não entregue: x", "Não é possível entregar: x", "Niedostarczalne: x", "Nie można dostarczyć: x", "Kan ikke leveres: x", "Kunne ikke leveres: x", "Det går inte att leverera: x", "Olevererbart: x",
		"Ei voida toimittaa: x", "Nedoručitelné: x", "Nedoručiteľné: x", "Недоставлено: x", "Не удается доставить: x", "Не доставлено: x", "配信不能: x", "配信できません: x", "未送達: x", "无法传递: x", "未传递: x", "无法投递: x", "系统退信", "배달되지 않음: x",
		"Read: x", "Gelesen: x", "Lu : x", "Leído: x", "Letto: x", "Gelezen: x", "Lida: x", "Přečteno: x", "Przeczytano: x", "Прочитано: x", "开封済み: x", "已读: x",
	} {
		require.True(t, autoSubject(s), s)
	}
	for _, s := range []string{
		"Undeliverable package at my door", "Auto Reply Einstellung klappt nicht", "Failure notice on screen 3", "Returned mail not in inbox", "Automatische Antwort einrichten", "Auto: Unfall", "Non remis en main propre", "Delivery failure of our supplier", "Mail delivery system kaputt", "Mail system error 500 beim Login", "Lesebestätigung abschalten", "Urlaub: Antrag klemmt", "Read only mailbox", "Our report domain moved",
		"Re: Automatic reply: Printer", "AW: Automatische Antwort: Drucker", "Automatic replies do not work", "Automatische Tür klemmt", "How do I set up out of office replies?", "Auto kaputt", "Automatik", "Abwesende Kollegen",
		"Delivery of my order", "Delivery failed to arrive on Monday", "Return of my printer", "Lettori non funzionano", "Reading list", "Lust auf Kaffee", "Read this first", "Ausente desde ayer el técnico", "Poissaolojärjestelmä ei toimi",
		"Abwesenheitsnotiz einrichten geht nicht", "Out of office message cannot be set", "Out of office hours: whom do I call?", "Nieobecności w systemie", "OOO", "Afwezigheid registreren", "自動ドアが開かない", "Lire le manuel", "Error message when printing", "Fehler beim Zustellen", "Warning lamp is on", "Absence de papier", "Mailserver: delivery problem", "Undelivered parcel: where is it?",
	} {
		require.False(t, autoSubject(s), s)
	}
}

// TestForwardsOfManyLanguages: the words before the subject of what was handed on, and those of answers.
func TestForwardsOfManyLanguages(t *testing.T) {
	t.Parallel()
	for _, s := range []string{"Fwd: x", "FW: x", "Fw: x", "WG: x", "Wtr: x", "WTR: x", "TR: x", "Tr : x", "RV: x", "I: x", "ENC: x", "Enc: x", "Doorst: x", "FS: x", "VB: x", "VL: x", "PD: x", "PD : x", "Továbbítás: x", "TR：x", "转发: x", "转发：x", "轉寄: x", "転送: x", "전달: x", "İLT: x", "ΠΡΘ: x", "Пересл.: x", "[FWD: x]", "Weitergeleitet: x", "Fwd[2]: x"} {
		require.True(t, forwardSubject(s), s)
	}
	for _, s := range []string{"Re: x", "AW: FW: x", "RE: WG: x", "SV: x", "Antw: x", "Forward button broken", "I need help", "TR-069 Router", "PDF: kaputt", "Encoder: defekt", "x fwd: y", "VL-Kabel", "VS: x"} {
		require.False(t, forwardSubject(s), s)
	}
}

// TestSentFromOfManyLanguages: lines that telephones put below a mail.
func TestSentFromOfManyLanguages(t *testing.T) {
	t.Parallel()
	for _, s := range []string{"Sent from my iPhone", "Sent from Outlook for iOS<https://aka.ms/x>", "Get Outlook for Android<https://aka.ms/x>", "Sent from Yahoo Mail on Android", "Sent with Proton Mail secure email.", "Sent via BlackBerry", "Sent from Mail for Windows",
		"Von meinem iPhone gesendet", "Gesendet von meinem iPhone", "Von meinem Samsung Galaxy Smartphone gesendet.", "Gesendet mit der GMX Mail App", "Diese Nachricht wurde von meinem Android-Gerät mit K-9 Mail gesendet.", "Outlook für Android beziehen", "Holen Sie sich Outlook für iOS",
		"Envoyé de mon iPhone", "Envoyé depuis mon mobile Samsung", "Télécharger Outlook pour Android", "Enviado desde mi iPhone", "Enviado do meu iPhone", "Enviado a partir do meu iPhone", "Obtener Outlook para iOS", "Obter o Outlook para iOS",
		"Inviato da iPhone", "Inviato dal mio iPhone", "Ottieni Outlook per iOS", "Scarica Outlook per iOS", "Verstuurd vanaf mijn iPhone", "Verzonden vanaf mijn Galaxy", "Outlook voor Android downloaden",
		"Sendt fra min iPhone", "Hent Outlook til Android", "Få Outlook til iOS", "Skickat från min iPhone", "Hämta Outlook för iOS", "Lähetetty iPhonesta", "Hanki Outlook for iOS", "Wysłane z iPhone'a", "Wysłano z iPhone'a", "Pobierz aplikację Outlook dla systemu Android", "Odesláno z iPhonu", "Získat Outlook pro iOS",
		"Отправлено с iPhone", "Отправлено из мобильной Почты Mail.ru", "Скачать Outlook для iOS", "iPhoneから送信", "Outlook for iOS を入手", "发自我的iPhone", "從我的 iPhone 傳送", "获取 Outlook for iOS", "나의 iPhone에서 보냄", "iPhone'umdan gönderildi", "Αποστολή από το iPhone μου", "Trimis de pe iPhone-ul meu", "Poslano z iPhona", "Надіслано з iPhone"} {
		fresh, _ := fold("Danke, das geht.\n\n"+s, "")
		require.Equal(t, "Danke, das geht.", fresh, s)
	}
	for _, s := range []string{"Sent from the wrong account, sorry!", "Outlook startet nicht mehr", "Gesendet von uns gestern, bisher ohne Antwort", "Hent pakken i morgen", "Obtener la factura es imposible porque la página falla siempre"} {
		fresh, _ := fold("Hallo\n\n"+s, "")
		require.Contains(t, fresh, s)
	}
}
