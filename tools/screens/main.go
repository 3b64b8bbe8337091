// Screens takes the pictures of the panel that stand in the documentation: it starts a desk of the demonstration, with invented people at invented
// companies, looks at its pages with Chromium and writes them below docs/screens.
//
//	go run ./tools/screens
//
// It needs chromium in the path. The pictures are made anew when the panel has changed; a picture says nothing that a test would not.
package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"flag"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
)

// shot is one picture.
type shot struct {
	name, path    string
	lang, theme   string
	width, height int64
	ready         string // what is true on the page once it is there
}

const loaded = `document.querySelector('main') && !document.querySelector('[aria-busy=true]') && document.fonts.status === 'loaded'`

func shots() []shot {
	return []shot{
		{"ticket", "/tickets?view=open&t=300", "en", "light", 1440, 900, loaded + ` && document.querySelector('[data-message]')`},
		{"ticket-dunkel", "/tickets?view=open&t=300", "de", "dark", 1440, 900, loaded + ` && document.querySelector('[data-message]')`},
		{"analytics", "/analytics?days=90", "en", "light", 1440, 1000, loaded + ` && document.querySelector('.uplot canvas')`},
		{"auswertung", "/analytics?days=90", "de", "dark", 1440, 1000, loaded + ` && document.querySelector('.uplot canvas')`},
		{"settings", "/settings/branding", "en", "light", 1440, 900, loaded},
		{"phone", "/tickets?view=open", "en", "light", 390, 844, loaded + ` && document.querySelectorAll('.row').length > 3`},
	}
}

// most is how large a picture may be.
const most = 200 << 10

func main() {
	out := flag.String("out", filepath.Join("docs", "screens"), "folder to write to")
	flag.Parse()
	if err := run(*out); err != nil {
		fmt.Fprintln(os.Stderr, "screens:", err)
		os.Exit(1)
	}
}

func run(out string) error {
	ctx, cancel := context.WithTimeout(context.Background(), 15*time.Minute)
	defer cancel()
	if err := os.MkdirAll(out, 0o750); err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "ticketkit-screens-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	d, err := startDesk(ctx, dir)
	if err != nil {
		return err
	}
	defer d.stop()
	options := slices.Clone(chromedp.DefaultExecAllocatorOptions[:])
	allocator, stop := chromedp.NewExecAllocator(ctx, append(options, chromedp.NoSandbox, chromedp.Flag("disable-gpu", true), chromedp.Flag("force-color-profile", "srgb"))...)
	defer stop()
	for _, s := range shots() {
		if err := take(allocator, d, s, filepath.Join(out, s.name+".png")); err != nil {
			return fmt.Errorf("%s: %w", s.name, err)
		}
	}
	return nil
}

// take makes one picture in a window of its own.
func take(allocator context.Context, d *demoDesk, s shot, name string) error {
	ctx, cancel := chromedp.NewContext(allocator)
	defer cancel()
	if err := chromedp.Do(ctx, chromedp.EmulateViewport(s.width, s.height)); err != nil {
		return err
	}
	if _, err := chromedp.Call(ctx, emulation.SetTimezoneOverride, emulation.SetTimezoneOverrideParams{TimezoneID: "Europe/Berlin"}); err != nil {
		return err
	}
	for k, v := range map[string]string{"ticketkit_session": d.token, "ticketkit_lang": s.lang, "ticketkit_theme": s.theme} {
		if _, err := chromedp.Call(ctx, network.SetCookie, network.SetCookieParams{Name: k, Value: v, URL: d.url}); err != nil {
			return err
		}
	}
	if err := chromedp.Do(ctx, chromedp.Navigate(d.url+s.path)); err != nil {
		return err
	}
	for range 600 {
		ok, err := chromedp.Run(ctx, chromedp.Evaluate[bool]("!!("+s.ready+")"))
		if err == nil && ok {
			break
		}
		time.Sleep(50 * time.Millisecond)
	}
	time.Sleep(800 * time.Millisecond) // what fades in has done so
	b, err := chromedp.Run(ctx, chromedp.CaptureScreenshot())
	if err != nil {
		return err
	}
	if b, err = small(b); err != nil {
		return err
	}
	fmt.Printf("%s: %d bytes\n", name, len(b))
	if len(b) > most {
		return fmt.Errorf("%d bytes are more than %d", len(b), most)
	}
	return os.WriteFile(name, b, 0o644) //nolint:gosec // for everybody
}

// small writes a picture with at most 256 colours, which is what a user interface has.
func small(b []byte) ([]byte, error) {
	img, err := png.Decode(bytes.NewReader(b))
	if err != nil {
		return nil, err
	}
	count := map[color.RGBA]int{}
	r := img.Bounds()
	for y := r.Min.Y; y < r.Max.Y; y++ {
		for x := r.Min.X; x < r.Max.X; x++ {
			c := color.RGBAModel.Convert(img.At(x, y)).(color.RGBA)
			count[color.RGBA{c.R &^ 3, c.G &^ 3, c.B &^ 3, 0xff}]++
		}
	}
	var palette color.Palette
	seen := make([]color.RGBA, 0, len(count))
	for c := range count {
		seen = append(seen, c)
	}
	slices.SortFunc(seen, func(a, b color.RGBA) int { return count[b] - count[a] })
	for _, c := range seen[:min(256, len(seen))] {
		palette = append(palette, c)
	}
	to := image.NewPaletted(r, palette)
	draw.Draw(to, r, img, r.Min, draw.Src)
	var out bytes.Buffer
	err = (&png.Encoder{CompressionLevel: png.BestCompression}).Encode(&out, to)
	return out.Bytes(), err
}

// demoDesk is the program of the examples, running.
type demoDesk struct {
	url, token string
	stop       func()
}

// startDesk runs examples/email with its demonstration on a free port and signs in.
func startDesk(ctx context.Context, dir string) (*demoDesk, error) {
	l, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	addr := l.Addr().String()
	_ = l.Close()
	program := filepath.Join(dir, "desk")
	build := exec.CommandContext(ctx, "go", "build", "-o", program, "./examples/email") //nolint:gosec // ours
	build.Stderr = os.Stderr
	if err := build.Run(); err != nil {
		return nil, fmt.Errorf("build the example: %w", err)
	}
	const password = "Rhabarber im Regen"
	cmd := exec.CommandContext(ctx, program, "--demo") //nolint:gosec // ours
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "LISTEN_ADDR="+addr, "DATA_DIR="+filepath.Join(dir, "data"), "ADMIN_PASSWORD="+password, "RATE_LIMIT=off", "LOCALE=en", "JWT_SECRET="+rand.Text()+rand.Text())
	cmd.Stderr, cmd.Stdout = os.Stderr, io.Discard
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	d := &demoDesk{url: "http://" + addr, stop: func() { _ = cmd.Process.Signal(os.Interrupt); _ = cmd.Wait() }}
	for range 600 {
		if d.token, err = signIn(ctx, d.url, password); err == nil {
			break
		}
		time.Sleep(200 * time.Millisecond)
	}
	if err != nil {
		d.stop()
		return nil, fmt.Errorf("the desk does not start: %w", err)
	}
	for range 600 { // the tickets of the demonstration come one by one
		if n, err := tickets(ctx, d); err == nil && n >= 300 {
			return d, nil
		}
		time.Sleep(200 * time.Millisecond)
	}
	d.stop()
	return nil, fmt.Errorf("the tickets of the demonstration do not come")
}

func ask(ctx context.Context, method, url, token string, body io.Reader) ([]byte, error) {
	r, err := http.NewRequestWithContext(ctx, method, url, body)
	if err != nil {
		return nil, err
	}
	r.Header.Set("Content-Type", "application/json")
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	res, err := http.DefaultClient.Do(r) //nolint:gosec // the desk that was just started
	if err != nil {
		return nil, err
	}
	defer func() { _ = res.Body.Close() }()
	b, err := io.ReadAll(res.Body)
	if err == nil && res.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s answers %s", url, res.Status)
	}
	return b, err
}
