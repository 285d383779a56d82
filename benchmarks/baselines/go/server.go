// `server PORT`: the weather chapter of the contract, and a relay of frames.
package main

import (
	"bytes"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"log"
	"net/http"
	"net/url"
	"os"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"time"
	"unicode/utf8"
)

var (
	reports   = newCache()
	requestID = regexp.MustCompile(`^[A-Za-z0-9._-]{1,64}$`)
	control   = regexp.MustCompile(`[\x00-\x1f\x7f-\x{9f}\x{2028}\x{2029}]`)
	twoAZ     = regexp.MustCompile(`^[A-Za-z]{2}$`)
	tag       = regexp.MustCompile(`"[^"]*"`)
)

func main() {
	http.DefaultClient.Timeout = deadline
	server := &http.Server{Addr: "127.0.0.1:" + os.Args[1], Handler: http.HandlerFunc(serve)}
	log.Fatal(server.ListenAndServe())
}

func setting(name, usual string) string {
	if given, there := os.LookupEnv(name); there {
		return given
	}
	return usual
}

func seconds(name string, usual float64) time.Duration {
	given, err := strconv.ParseFloat(setting(name, fmt.Sprint(usual)), 64)
	if err != nil {
		log.Fatalf("%s is not a number", name)
	}
	return time.Duration(given * float64(time.Second))
}

func serve(w http.ResponseWriter, r *http.Request) {
	if r.Header.Get("Upgrade") != "" {
		relay(w, r)
		return
	}
	id := r.Header.Get("X-Request-ID")
	if !requestID.MatchString(id) {
		var random [8]byte
		if _, err := rand.Read(random[:]); err != nil {
			panic(err)
		}
		id = hex.EncodeToString(random[:])
	}
	w.Header()["X-Request-ID"] = []string{id}
	path := strings.ToValidUTF8(r.URL.Path, "\uFFFD")
	if err := route(w, r, path); err != nil {
		refuse(w, path, err)
	}
}

func route(w http.ResponseWriter, r *http.Request, path string) error {
	parts := strings.Split(path, "/")[1:]
	if parts[0] != "weather" || len(parts) > 2 || len(parts) == 2 && parts[1] == "" {
		return &failure{status: 404, detail: "Nothing is at this path."}
	}
	if r.Method != "GET" && r.Method != "HEAD" {
		w.Header().Set("Allow", "GET, HEAD")
		return &failure{status: 405, detail: "Only GET and HEAD."}
	}
	query, _ := url.ParseQuery(r.URL.RawQuery) // what makes no sense is left out
	country, places := checkedCountry(query)
	if len(parts) == 2 {
		return one(w, r, parts[1], country, places)
	}
	return many(w, query["city"], country, places)
}

func one(w http.ResponseWriter, r *http.Request, text, country string, places []string) error {
	city, good := checkedCity(text)
	if !good {
		places = append(places, "path.city")
	}
	if len(places) > 0 {
		return invalid(places)
	}
	found, err := reports.answer(keyOf(city, country), composed(city))
	if err != nil {
		return err
	}
	headers := w.Header()
	headers.Set("Cache-Control", fmt.Sprintf("public, max-age=%d", found.maxAge))
	headers.Set("Age", strconv.Itoa(found.age))
	headers.Set("ETag", found.etag)
	if matches(r.Header.Get("If-None-Match"), found.etag) {
		w.WriteHeader(http.StatusNotModified)
		return nil
	}
	write(w, 200, "application/json", found.body)
	return nil
}

func many(w http.ResponseWriter, names []string, country string, places []string) error {
	if len(names) < 1 || len(names) > 20 {
		return invalid(append(places, "query.city"))
	}
	cities := make([]string, len(names))
	for n, name := range names {
		city, good := checkedCity(name)
		if !good {
			places = append(places, fmt.Sprintf("query.city.%d", n))
		}
		cities[n] = city
	}
	if len(places) > 0 {
		return invalid(places)
	}
	bodies := make([][]byte, len(cities))
	var all sync.WaitGroup
	for n, city := range cities {
		all.Add(1)
		go func(n int, city string) {
			defer all.Done()
			found, err := reports.answer(keyOf(city, country), composed(city))
			bodies[n] = found.body
			if err != nil {
				bodies[n], _ = problem("/weather/"+city, err)
			}
		}(n, city)
	}
	all.Wait()
	body := append([]byte(`{"results":[`), bytes.Join(bodies, []byte(","))...)
	write(w, 200, "application/json", append(body, "]}"...))
	return nil
}

func write(w http.ResponseWriter, status int, kind string, body []byte) {
	w.Header().Set("Content-Type", kind)
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(status)
	_, _ = w.Write(body) // who has gone needs no answer
}

func matches(given, etag string) bool {
	if strings.TrimSpace(given) == "*" {
		return true
	}
	for _, each := range tag.FindAllString(given, -1) {
		if each == etag {
			return true
		}
	}
	return false
}

func checkedCity(text string) (string, bool) {
	city := strings.TrimSpace(text)
	length := utf8.RuneCountInString(city)
	return city, length >= 1 && length <= 100 && !control.MatchString(city)
}

func checkedCountry(query url.Values) (string, []string) {
	given, there := query["country"]
	if !there {
		return "", nil
	}
	last := given[len(given)-1]
	if !twoAZ.MatchString(last) {
		return "", []string{"query.country"}
	}
	return strings.ToUpper(last), nil
}

func keyOf(city, country string) key { return key{strings.ToLower(composed(city)), country} }

func invalid(places []string) error {
	return &failure{status: 422, slug: "invalid-input", detail: "The request breaks the rules in `errors`.",
		places: places}
}

func refuse(w http.ResponseWriter, path string, err error) {
	body, failed := problem(path, err)
	if failed.retryAfter > 0 {
		w.Header().Set("Retry-After", strconv.Itoa(failed.retryAfter))
	}
	write(w, failed.status, "application/problem+json", body)
}

type fieldError struct {
	Place  string `json:"place"`
	Reason string `json:"reason"`
}

func problem(path string, err error) ([]byte, *failure) {
	var failed *failure
	if !errors.As(err, &failed) {
		failed = &failure{status: 500, detail: "Something went wrong here."}
	}
	kind := "about:blank"
	if failed.slug != "" {
		kind = "urn:tandem:problem:" + failed.slug
	}
	var wrong []fieldError
	for _, each := range failed.places {
		wrong = append(wrong, fieldError{each, "It breaks its rule."})
	}
	said := struct {
		Type     string       `json:"type"`
		Title    string       `json:"title"`
		Status   int          `json:"status"`
		Detail   string       `json:"detail"`
		Instance string       `json:"instance"`
		Errors   []fieldError `json:"errors,omitempty"`
	}{kind, http.StatusText(failed.status), failed.status, failed.detail,
		(&url.URL{Path: path}).EscapedPath(), wrong}
	return encode(said).body, failed
}
