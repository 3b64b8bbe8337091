package mime

import "strings"

// label is what a line of a header block stands for.
type label int

const (
	labelNone label = iota
	labelFrom
	labelDate
	labelTo
	labelSubject
	labelOther
)

// labelOf knows the words before the colon in the header blocks of Outlook and others.
func labelOf(word string) label {
	switch word {
	case "from", "von", "de", "van", "da", "fra", "från", "lähettäjä", "od", "от", "feladó", "de la", "kimden", "发件人", "寄件者", "差出人", "expéditeur", "absender", "від", "από", "보낸 사람", "보낸사람", "寄件人", "מאת", "من", "từ", "จาก", "šalje", "pošiljatelj", "送信者", "da parte di", "gönderen", "saatja", "nuo", "no", "од", "dari", "daripada", "از", "remitente", "remetente", "mittente", "afzender", "avsändare", "afsender", "avsender":
		return labelFrom
	case "sent", "date", "gesendet", "gesendet am", "datum", "envoyé", "envoyé le", "enviado", "enviado el", "enviada em", "enviado em", "fecha", "data",
		"verzonden", "verzonden op", "inviato", "sendt", "dato", "skickat", "lähetetty", "wysłano", "odesláno", "отправлено", "дата", "elküldve", "trimis",
		"gönderildi", "发送时间", "日期", "送信日時", "message du", "päivämäärä", "sent on", "date d'envoi", "odoslané", "надіслано", "στάλθηκε", "寄件日期", "傳送時間", "보낸 날짜", "보낸날짜", "נשלח", "تم الإرسال", "đã gửi", "ส่ง", "poslano", "изпратено", "date de réception", "日時", "发送日期", "时间", "dátum", "data/ora", "tarih", "sent at", "gesendet um", "enviat", "enviat el", "gönderme tarihi", "saadetud", "kuupäev", "nosūtīts", "datums", "išsiųsta", "послато", "poslato", "изпратен", "dikirim", "tanggal", "ارسال شد", "تاریخ", "wysłane", "надіслане":
		return labelDate
	case "to", "an", "à", "a", "para", "aan", "til", "till", "vastaanottaja", "do", "komu", "кому", "címzett", "către", "kime", "收件人", "宛先", "empfänger", "destinataire", "προς", "收件者", "받는 사람", "받는사람", "אל", "إلى", "đến", "ถึง", "prima", "до", "destinatario", "destinatário", "recipient", "per a", "za", "за", "adressaat", "saaja", "kam", "kepada", "به":
		return labelTo
	case "subject", "betreff", "objet", "asunto", "assunto", "onderwerp", "oggetto", "emne", "ämne", "aihe", "temat", "předmět", "тема", "tárgy", "subiect",
		"konu", "主题", "主旨", "件名", "sujet", "predmet", "θέμα", "제목", "נושא", "الموضوع", "chủ đề", "เรื่อง", "относно", "标题", "標題", "assumpte", "zadeva", "teema", "tēma", "tema", "subjek", "perihal", "موضوع":
		return labelSubject
	case "cc", "kopie", "kopi", "bcc", "copie à", "copie", "reply-to", "antwort an", "importance", "wichtigkeit", "priorität", "attachments", "anlagen", "dw", "копия", "organization":
		return labelOther
	}
	return labelNone
}

// lineLabel reads the label of a line, also with the stars and the link that text made from HTML has around it.
func lineLabel(line string) label {
	if len(line) > 1000 {
		return labelNone
	}
	end := strings.IndexByte(line, ':')
	if wide := strings.Index(line, "："); wide >= 0 && (end < 0 || wide < end) {
		end = wide
	}
	if end < 0 || end > 40 {
		return labelNone
	}
	head := line[:end]
	words := 0
	for i := range len(head) {
		switch c := head[i]; {
		case c >= '0' && c <= '9': // no label has one
			return labelNone
		case c == ' ' && i > 0 && head[i-1] != ' ':
			if words++; words > 5 { // nor so many words
				return labelNone
			}
		}
	}
	return labelOf(strings.ToLower(strings.Trim(head, "* \t\u00A0")))
}

// headerBlock reports a block like "From: … Sent: … To: … Subject: …" that starts at line i.
//
// A block that begins with its sender or its date needs two of the other fields. One that begins in another way needs all four, with an
// address; so does one that has fields no mail has, for then it may be a person's list.
func (f *folder) headerBlock(i int) bool {
	first := lineLabel(f.lines[i])
	if first == labelNone || first == labelOther {
		return false
	}
	var seen [labelOther + 1]bool
	loose, strange, address := 0, false, false
	for j := i; j < len(f.lines) && j < i+14; j++ {
		l := lineLabel(f.lines[j])
		switch {
		case l != labelNone:
			if l == labelFrom && strings.Contains(f.lines[j], "@") {
				address = true
			}
			seen[l] = true
			loose = 0
		case f.blank(j) && j+1 < len(f.lines) && lineLabel(f.lines[j+1]) != labelNone:
			// made from HTML with a paragraph for each line
		case f.blank(j):
			j = len(f.lines)
		default:
			if word, _, ok := strings.Cut(f.lines[j], ":"); ok && len(word) <= 20 && !strings.ContainsAny(word, " \t<@/;,") {
				strange = true
			}
			if loose++; loose > 3 { // a long list of recipients wraps
				j = len(f.lines)
			}
		}
	}
	count := 0
	for _, l := range []label{labelDate, labelTo, labelSubject} {
		if seen[l] {
			count++
		}
	}
	if first == labelTo || first == labelSubject {
		return count == 3 && address
	}
	return seen[labelFrom] && (count == 3 || count == 2 && (!strange || address))
}
