// Package transcript writes a ticket's whole conversation as one document: HTML, Markdown, plain text or JSON, in German or English.
//
// Everything is streamed. Render pulls one message or event at a time, writes it and forgets it, so that memory does not grow with
// the length of the conversation. What people wrote never becomes markup of the document: it is escaped for the format it appears in,
// and characters that steer a terminal or reverse the direction of writing are taken out of what people read.
//
// A document has two versions. The one for the requester has public messages only, and of the history only what the requester could
// notice. The internal one (Options.IncludeNotes) has everything the source yields.
//
// Each document ends with a line that counts what it holds, or with a mark that it is incomplete; one that has neither was cut off.
package transcript
