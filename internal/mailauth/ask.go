package mailauth

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
)

// answer is a successful or failed answer of a token endpoint (RFC 6749 sections 5.1 and 5.2).
type answer struct {
	AccessToken      string `json:"access_token"`
	RefreshToken     string `json:"refresh_token"`
	Scope            string `json:"scope"`
	Error            string `json:"error"`
	ErrorDescription string `json:"error_description"`
}

// granted is what the issuer has given.
type granted struct {
	AccessToken, RefreshToken string
	ExpiresIn                 int64 // seconds
}

// ask sends the refresh token (RFC 6749 section 6) for the scopes of one use.
func (s *Source) ask(ctx context.Context, refresh string, use Use) (granted, error) {
	form := url.Values{"grant_type": {"refresh_token"}, "refresh_token": {refresh}, "client_id": {s.cfg.ClientID}}
	if scope := s.cfg.Provider.scope(use); scope != "" && s.cfg.Provider.Common != "" { // Google gives what was consented to
		form.Set("scope", scope)
	}
	if s.cfg.ClientSecret != "" {
		form.Set("client_secret", s.cfg.ClientSecret)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, s.cfg.Provider.TokenURL, strings.NewReader(form.Encode()))
	if err != nil {
		return granted{}, fmt.Errorf("mailauth: %w", err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("Accept", "application/json")
	resp, err := s.cfg.HTTP.Do(req)
	if err != nil {
		return granted{}, fmt.Errorf("ask the issuer of mail tokens: %w", err)
	}
	defer func() { _ = resp.Body.Close() }()
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxTokenBytes))
	if err != nil {
		return granted{}, fmt.Errorf("ask the issuer of mail tokens: %w", err)
	}
	var a answer
	var life struct {
		ExpiresIn any `json:"expires_in"` // some issuers write it as a string
	}
	broken := json.Unmarshal(body, &a)
	_ = json.Unmarshal(body, &life) // 0 when it is missing
	if resp.StatusCode != http.StatusOK || a.Error != "" {
		return granted{}, s.classify(resp, a, use)
	}
	if broken != nil || a.AccessToken == "" {
		return granted{}, fmt.Errorf("the issuer of mail tokens gave an answer without a token (HTTP %d)", resp.StatusCode)
	}
	if want := s.cfg.Provider.Scopes[use]; a.Scope != "" && want != "" && !covers(a.Scope, want) {
		return granted{}, &ScopeError{Use: use, Missing: want, Description: "the token that was given covers " + oneLine(a.Scope)}
	}
	seconds, _ := strconv.ParseFloat(fmt.Sprint(life.ExpiresIn), 64) // 0 when it cannot be read
	return granted{a.AccessToken, a.RefreshToken, int64(seconds)}, nil
}

// covers compares scopes as issuers write them: with or without the address of the service before them.
func covers(list, want string) bool {
	short := func(s string) string {
		return strings.ToLower(s[strings.LastIndexByte(strings.TrimSuffix(s, "/"), '/')+1:])
	}
	return slices.ContainsFunc(strings.Fields(list), func(s string) bool { return strings.EqualFold(s, want) || short(s) == short(want) })
}

// classify turns a refusal into the error that tells what to do. The issuer's words are shown; they hold no secrets.
func (s *Source) classify(resp *http.Response, a answer, use Use) error {
	text := oneLine(a.ErrorDescription)
	scope := func() error { return &ScopeError{Use: use, Missing: s.cfg.Provider.Scopes[use], Description: text} }
	switch {
	case resp.StatusCode >= 500 || resp.StatusCode == http.StatusTooManyRequests || resp.StatusCode == http.StatusRequestTimeout:
		err := fmt.Errorf("the issuer of mail tokens is not available: HTTP %d %s", resp.StatusCode, oneLine(a.Error))
		return &waitError{err, retryAfter(resp.Header.Get("Retry-After"), s.cfg.Now())}
	case a.Error == "invalid_scope", strings.Contains(text, "AADSTS65001"), strings.Contains(text, "AADSTS70011"), strings.Contains(text, "AADSTS28003"):
		return scope() // Entra says invalid_grant also when only a consent is missing
	case a.Error == "invalid_grant", a.Error == "interaction_required", a.Error == "login_required":
		return &RevokedError{Description: text}
	case a.Error == "invalid_client", a.Error == "unauthorized_client", a.Error == "invalid_request" && text != "":
		return &ClientError{Code: a.Error, Description: text}
	}
	return fmt.Errorf("the issuer of mail tokens refused: HTTP %d %s %s", resp.StatusCode, oneLine(a.Error), text)
}

// retryAfter reads the header (RFC 9110 section 10.2.3); 0 when there is none.
func retryAfter(h string, now time.Time) time.Duration {
	if n, err := strconv.Atoi(h); err == nil && n > 0 {
		return time.Duration(n) * time.Second
	}
	if at, err := http.ParseTime(h); err == nil {
		return max(at.Sub(now), 0)
	}
	return 0
}

func oneLine(s string) string {
	s = strings.Join(strings.FieldsFunc(s, func(r rune) bool { return unicode.IsControl(r) || r == ' ' }), " ")
	return strings.ToValidUTF8(s[:min(len(s), 300)], "")
}
