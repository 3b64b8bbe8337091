package httpapi

import (
	"encoding/json"
	"reflect"
	"strings"
	"unicode"
)

// schemas are the components of the document, filled while rows ask for the schemas of their Go types.
//
// A struct becomes a component named like its type without the ending DTO; a generic or nameless one is written where it is used. In
// answers each member is there, save for omitempty; in requests those that are tagged required. A pointer may be null in an answer
// and be left out in a request. Further tags: doc, enum (separated by commas), schema (JSON types of a json.RawMessage).
type schemas map[string]any

// of gives the schema of v's type.
func (s schemas) of(v any, answer bool) object { return s.typ(reflect.TypeOf(v), answer) }

func (s schemas) typ(t reflect.Type, answer bool) object {
	switch {
	case t == timeType || t == reflect.TypeFor[stamp]():
		return object{"type": "string", "format": "date-time"}
	case t == rawType:
		return object{}
	}
	switch t.Kind() {
	case reflect.Pointer:
		inner := s.typ(t.Elem(), answer)
		if !answer {
			return inner
		}
		if kind, ok := inner["type"].(string); ok {
			inner["type"] = []string{kind, "null"}
			return inner
		}
		return object{"anyOf": []object{inner, {"type": "null"}}}
	case reflect.String:
		return object{"type": "string"}
	case reflect.Bool:
		return object{"type": "boolean"}
	case reflect.Float64:
		return object{"type": "number"}
	case reflect.Int, reflect.Int64:
		return object{"type": "integer"}
	case reflect.Slice:
		return object{"type": "array", "items": s.typ(t.Elem(), answer)}
	case reflect.Map:
		return object{"type": "object", "additionalProperties": s.typ(t.Elem(), answer)}
	case reflect.Struct:
		return s.structure(t, answer)
	}
	return object{} // any value
}

func (s schemas) structure(t reflect.Type, answer bool) object {
	name := []rune(strings.TrimSuffix(t.Name(), "DTO"))
	if len(name) == 0 || strings.ContainsRune(t.Name(), '[') {
		return s.members(t, answer)
	}
	name[0] = unicode.ToUpper(name[0])
	if _, known := s[string(name)]; !known {
		s[string(name)] = nil // a type that holds itself ends here
		s[string(name)] = s.members(t, answer)
	}
	return object{"$ref": "#/components/schemas/" + string(name)}
}

func (s schemas) members(t reflect.Type, answer bool) object {
	properties, required := object{}, []string{}
	for f := range t.Fields() {
		name := jsonName(f)
		if name == "" {
			continue
		}
		properties[name] = s.member(f, answer)
		if answer && !strings.HasSuffix(f.Tag.Get("json"), ",omitempty") || f.Tag.Get("required") == "true" {
			required = append(required, name)
		}
	}
	out := object{"type": "object"}
	if len(properties) > 0 {
		out["properties"] = properties
	}
	if len(required) > 0 {
		out["required"] = required
	}
	if !answer {
		out["additionalProperties"] = false // what is not known is refused
	}
	return out
}

func (s schemas) member(f reflect.StructField, answer bool) object {
	m := s.typ(f.Type, answer)
	if kinds := f.Tag.Get("schema"); kinds != "" {
		m["type"] = strings.Split(kinds, ",")
	}
	if enum := f.Tag.Get("enum"); enum != "" {
		m["enum"] = strings.Split(enum, ",")
	}
	if doc := f.Tag.Get("doc"); doc != "" {
		m["description"] = doc
	}
	return m
}

var _ json.Marshaler = stamp{}
