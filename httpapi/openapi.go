package httpapi

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/ticketkit/ticketkit/internal/web"
	"github.com/ticketkit/ticketkit/ticket"
)

// mountedAt stands in the document for where the API is mounted.
const mountedAt = "/api"

// object is a JSON object of the document; encoding/json sorts its names, so that the document is always the same.
type object map[string]any

// document describes the rows as OpenAPI 3.1.
func document(rows []route) ([]byte, error) {
	s := schemas{}
	problem := object{"description": "a problem (RFC 9457)", "content": object{"application/problem+json": object{"schema": s.of(problemDTO{}, true)}}}
	paths := object{}
	for _, row := range rows {
		item, ok := paths[row.path].(object)
		if !ok {
			item = object{}
			paths[row.path] = item
		}
		if item[strings.ToLower(row.method)] != nil {
			return nil, ticket.Errorf(ticket.Internal, "two rows for %s %s", row.method, row.path)
		}
		item[strings.ToLower(row.method)] = row.operation(s)
	}
	doc := object{
		"openapi": "3.1.0",
		"info":    object{"title": "ticketkit", "version": "1", "description": "A ticket desk. Changes are additive; a breaking one would get a prefix of its own."},
		"servers": []object{{"url": mountedAt}},
		"paths":   paths,
		"components": object{
			"schemas":   s,
			"responses": object{"Problem": problem},
			"securitySchemes": object{
				"bearer": object{"type": "http", "scheme": "bearer", "description": "the token of auth/login, or an API token"},
				"cookie": object{"type": "apiKey", "in": "cookie", "name": SessionCookie, "description": "a browser's session, for requests from the desk's own pages"},
			},
		},
		"security": []object{{"bearer": []string{}}, {"cookie": []string{}}},
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetIndent("", "  ")
	enc.SetEscapeHTML(false)
	if err := enc.Encode(doc); err != nil {
		return nil, fmt.Errorf("openapi document: %w", err)
	}
	return b.Bytes(), nil
}

var pathParam = regexp.MustCompile(`\{(\w+)\}`)

func (row *route) operation(s schemas) object {
	op := object{"operationId": row.id, "summary": row.summary, "tags": []string{row.group()}, "responses": row.responses(s)}
	switch {
	case row.open:
		op["security"] = []object{}
	case row.op != "":
		op["description"] = "Needs the permission " + string(row.op) + "."
	}
	var params []object
	for _, m := range pathParam.FindAllStringSubmatch(row.path, -1) {
		p := object{"name": m[1], "in": "path", "required": true, "schema": object{"type": "string"}}
		if strings.HasPrefix(row.path, "/tickets/{id}") && m[1] == "id" {
			p["description"] = "id or number"
		}
		params = append(params, p)
	}
	for _, q := range row.params {
		schema := object{"type": q.kind}
		if q == limitParam {
			schema["minimum"], schema["maximum"] = 1, ticket.MaxLimit
		}
		params = append(params, object{"name": q.name, "in": "query", "description": q.doc, "schema": schema})
	}
	header := func(name, doc string) {
		params = append(params, object{"name": name, "in": "header", "description": doc, "schema": object{"type": "string"}})
	}
	if row.match {
		header("If-Match", "entity tag of the version that the change is meant for; 412 when it has gone on")
	}
	if row.repeatable() {
		header(repeatHeader, "makes a repeat harmless for 24 hours: it gets the answer of the first time; 1 to 255 characters")
	}
	if row.id == "followEvents" {
		header("Last-Event-ID", "goes on behind this event; browsers send it by themselves")
	}
	if row.id == "getTicket" {
		header("If-None-Match", "entity tags that are at hand; 304 when one is current")
	}
	if len(params) > 0 {
		op["parameters"] = params
	}
	if row.body != nil {
		op["requestBody"] = row.request(s)
	}
	return op
}

// group is the first word of the path: clients sort their calls by it.
func (row *route) group() string {
	first, _, _ := strings.Cut(row.path[1:], "/")
	return strings.TrimSuffix(first, ".json")
}

func (row *route) request(s schemas) object {
	if _, ok := row.body.(uploadForm); ok {
		file := object{"type": "object", "required": []string{"file"}, "properties": object{"file": object{"type": "string", "contentMediaType": "application/octet-stream"}}}
		return object{"required": true, "content": object{"multipart/form-data": object{"schema": file}}}
	}
	return object{"required": !row.lax, "content": object{"application/json": object{"schema": s.of(row.body, false)}}}
}

func (row *route) responses(s schemas) object {
	ok := object{"description": http.StatusText(row.status)}
	switch {
	case row.answer != nil:
		content := object{"application/json": object{"schema": s.of(row.answer, true)}}
		if row.media != "" {
			content[row.media] = object{}
		}
		ok["content"] = content
	case row.media == "application/json":
		ok["content"] = object{row.media: object{"schema": object{"type": "object"}}}
	case row.media != "":
		ok["content"] = object{row.media: object{}}
	}
	if row.etag {
		ok["headers"] = object{"ETag": object{"description": "the version", "schema": object{"type": "string"}}}
	}
	out := object{strconv.Itoa(row.status): ok, "default": object{"$ref": "#/components/responses/Problem"}}
	if row.id == "getTicket" {
		out["304"] = object{"description": "Not Modified"}
	}
	return out
}

// openapi serves the document with the place where the API is mounted.
func (c *call) openapi() error {
	prefix := strings.TrimSuffix(web.ExchangeOf(c.ctx()).Path, "/openapi.json")
	if prefix == "" {
		prefix = "/"
	}
	url, err := json.Marshal(prefix)
	if err != nil {
		return err
	}
	c.w.Header().Set("Content-Type", "application/json")
	doc := bytes.Replace(c.api.document, []byte(`"url": "`+mountedAt+`"`), slices.Concat([]byte(`"url": `), url), 1)
	_, err = c.w.Write(doc)
	return err
}
