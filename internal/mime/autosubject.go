package mime

import "regexp"

// autoSubjects holds phrases that stand for themselves, then those that need an end or a mark behind them, and words that need a colon, for
// people write them too.
var autoSubjects = regexp.MustCompile(`(?i)^\W{0,3}(` +
	`undelivered (mail|message) returned|undelivered:|mail delivery failed: returning|delivery status notification|delivery notification:|returned mail: |` +
	`zustellungsstatusbenachrichtigung|benachrichtigung (zum übermittlungsstatus|über (den )?zustellungsstatus)|.{0,30}konnte nicht zugestellt werden$|` +
	`message d'erreur de|mail could not be delivered|warning: could not send message|loop alert:|email feedback report|complaint about message from|(\[preview\] )?report domain: ?\S+ submitter:|` +
	`mancato recapito|系统退信|配信不能|配信できません|无法投递|未送達|自動応答|自動返信|自动答复|自动回复|自動回覆|자동 회신|자동 응답|不在通知|` +
	`(` + autoPhrases + `)( ?[:：;,\]([]| [–-] | ?- | (re|aw|fwd?|wg|bis|until|from|von|for|für|to)\b[: ]|\W*$)|` +
	`auto: ?(re|aw|fwd?|out of|abwesen|urlaub|vacation)\b|auto: abwesen|abwesend: |` +
	`(` + autoWords + `) ?[:：]( |$))|[\[(]\s*auto(mati(c|sche))?[- ]?(reply|response|antwort)\s*[\])]\s*$`)

// autoPhrases need the end of the subject, a colon, a dash or the subject that they answer behind them.
const autoPhrases = `auto(mat(ed|ic|ische|isk))?[-_ ]?(e-?mail[- ])?(reply|response|antwort|reply from|svar)|automatische[rs]? (abwesenheits(notiz|meldung)|e-?mail-?antwort|(eingangs|empfangs)bestätigung|antwort)|` +
	`(i am |i'm |ich bin )?(abwesenheits(notiz|meldung|nachricht|assistent)|out[- ]of[- ](the[- ])?office)( (auto-?reply|reply|notification|notice|message))?|urlaubs(benachrichtigung|notiz|meldung)|ich bin im urlaub|vacation (reply|notice|message)|away from my (e-?)?mail|` +
	`réponse automatique|respuesta automática|resposta automàtica|risposta automatica|automatisch antwoord|autosvar|resposta automática|odpowiedź automatyczna|automatyczna odpowiedź|automatiskt svar|automaattinen vastaus|` +
	`automatická odpove[dď]|automatická odpověď|автоматический ответ|автоответ|автовідповідь|автоматична відповідь|автоматичен отговор|automatikus válasz|răspuns automat|otomatik yanıt|αυτόματη απάντηση|automātiska atbilde|` +
	`automatinis atsakymas|automaatvastus|automatski odgovor|samodejni odgovor|trả lời tự động|balasan otomatis|رد تلقائي|תשובה אוטומטית|การตอบกลับอัตโนมัติ|` +
	`undeliverable( (e-?mail|mail|message)s?)?( returned to sender)?|mail delivery (failed|failure|system|status)( (notification|report|notice))?|(e-?mail )?delivery (failure|has failed|delayed)( (notification|report|notice))?|` +
	`returned mail|mail system error|failure notice|permanent delivery failure|unzustellbar|nicht zustellbar|zustellung (fehlgeschlagen|verzögert)|verzögerte zustellung|übermittlung fehlgeschlagen|non remis`

const autoWords = `read|read receipt|lesebestätigung|return receipt \(displayed\)|not read|nicht gelesen|ungelesen gelöscht|message recall (failure|success|report)|gelesen|lu|leído|letto|gelezen|lida|přečteno|przeczytano|прочитано|læst|lest|läst|luettu|开封済み|開封済み|已读|已讀|` +
	`ooo|abwesenheit|nicht im büro|absence du bureau|absent du bureau|message d'absence|absence|fuera de (la )?oficina|ausente|fuori sede|fuori ufficio|` +
	`afwezig|niet aanwezig|afwezigheidsbericht|ausência( temporária)?|fora do escritório|nieobecność|fraværsmelding|ikke til stede|ikke på kontoret|frånvaromeddelande|frånvarande|poissa|` +
	`mimo kancelář|mimo kanceláře|non recapitabile|no se puede entregar|no entregable|onbestelbaar|kan niet worden bezorgd|não entregue|não é possível entregar|niedostarczalne|nie można dostarczyć|` +
	`kan ikke leveres|kunne ikke leveres|det går inte att leverera|olevererbart|ei voida toimittaa|nedoručitelné|nedoručiteľné|недоставлено|не доставлено|не удается доставить|недоставленное сообщение|` +
	`无法传递|未传递|無法傳遞|배달되지 않음`

// autoSubject reports the subjects that mail systems and vacation programs write. People write many of these words
// too, so a pattern counts only at the start, and never behind "Re:".
func autoSubject(subject string) bool { return autoSubjects.MatchString(subject) }
