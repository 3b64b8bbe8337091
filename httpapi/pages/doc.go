// Package pages serves the desk to people with a browser: sign-in, the inbox, tickets, transcripts, the audit, users and what was
// parked. Everything is rendered by the server, in German and English, and works without any script.
//
// The pages decide nothing. They ask ticket.Service, rbac.Accounts and the hub of adapters for whatever they show or change, as the
// person who is signed in, and hide the buttons that would be refused.
//
// # Forms
//
// Every change is a POST that answers with a redirect. A form on a ticket carries the version that its reader saw: when somebody was
// faster, or the input is wrong, the page comes again with what was typed and with what has happened. Posts from other sites are
// refused (http.CrossOriginProtection), and the session cookie is HttpOnly and SameSite=Lax.
//
// # What comes from outside
//
// Texts of strangers are escaped. The HTML of a mail is shown only from a URL of its own, sanitized once more, under a policy of
// its own, inside a sandboxed frame. Files are downloads; only small pictures, known by their bytes, are shown beside their message.
package pages
