package main

// The weather source, asked with net/http: what it answers is checked before it is used.

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

const (
	mostBytes = 1 << 20
	asked     = "temperature_2m,relative_humidity_2m,apparent_temperature,is_day," +
		"precipitation,weather_code,wind_speed_10m,wind_direction_10m"
)

var (
	geocodingURL = setting("TANDEM_GEOCODING_URL", "https://geocoding-api.open-meteo.com/v1/search")
	forecastURL  = setting("TANDEM_FORECAST_URL", "https://api.open-meteo.com/v1/forecast")
	deadline     = seconds("TANDEM_WEATHER_DEADLINE_SECONDS", 5)
	client       = &http.Client{Transport: &http.Transport{
		MaxIdleConnsPerHost: 100, DisableCompression: true}}
	texts = map[int]string{0: "clear", 1: "mainly clear", 2: "partly cloudy", 3: "overcast",
		45: "fog", 48: "fog", 51: "drizzle", 53: "drizzle", 55: "drizzle",
		56: "freezing drizzle", 57: "freezing drizzle", 61: "rain", 63: "rain", 65: "rain",
		66: "freezing rain", 67: "freezing rain", 71: "snow", 73: "snow", 75: "snow",
		77: "snow grains", 80: "rain showers", 81: "rain showers", 82: "rain showers",
		85: "snow showers", 86: "snow showers", 95: "thunderstorm",
		96: "thunderstorm with hail", 99: "thunderstorm with hail"}
)

type failure struct {
	status     int
	slug       string
	detail     string
	retryAfter int
	places     []string
}

func (f *failure) Error() string { return f.detail }

var errBroken = &failure{status: 502, slug: "upstream-broken", detail: "The weather source failed."}

type place struct {
	Name        string  `json:"name"`
	CountryCode *string `json:"country_code"`
	Admin1      *string `json:"admin1"`
	Latitude    float64 `json:"latitude"`
	Longitude   float64 `json:"longitude"`
	Timezone    string  `json:"timezone"`
}

type condition struct {
	Code *int   `json:"code"`
	Text string `json:"text"`
}

type report struct {
	Place         place     `json:"place"`
	ObservedAt    string    `json:"observed_at"`
	Condition     condition `json:"condition"`
	Temperature   *float64  `json:"temperature_c"`
	FeelsLike     *float64  `json:"feels_like_c"`
	Humidity      *float64  `json:"humidity_percent"`
	Precipitation *float64  `json:"precipitation_mm"`
	WindSpeed     *float64  `json:"wind_speed_kmh"`
	WindDirection *float64  `json:"wind_direction_deg"`
	IsDay         *bool     `json:"is_day"`
	Source        string    `json:"source"`
	Attribution   string    `json:"attribution"`
	FetchedAt     string    `json:"fetched_at"`
	Stale         bool      `json:"stale"`
}

type found struct {
	Name        *string  `json:"name"`
	CountryCode *string  `json:"country_code"`
	Admin1      *string  `json:"admin1"`
	Latitude    *float64 `json:"latitude"`
	Longitude   *float64 `json:"longitude"`
}

type forecast struct {
	Timezone *string                    `json:"timezone"`
	Offset   *int                       `json:"utc_offset_seconds"`
	Current  map[string]json.RawMessage `json:"current"`
}

func lookUp(city, country string) (*report, error) {
	ctx, cancel := context.WithTimeout(context.Background(), deadline)
	defer cancel()
	made, err := lookUpWithin(ctx, city, country)
	var known *failure
	if err == nil || errors.As(err, &known) {
		return made, err
	}
	if ctx.Err() != nil {
		return nil, &failure{status: 504, slug: "upstream-timeout", detail: "The weather source took too long."}
	}
	return nil, errBroken
}

func lookUpWithin(ctx context.Context, city, country string) (*report, error) {
	query := url.Values{"name": {city}, "count": {"1"}, "language": {"en"}, "format": {"json"}}
	if country != "" {
		query.Set("countryCode", country)
	}
	var search struct {
		Error   bool    `json:"error"`
		Results []found `json:"results"`
	}
	if err := ask(ctx, geocodingURL, query, &search); err != nil {
		return nil, err
	}
	if search.Error {
		return nil, errBroken
	}
	if len(search.Results) == 0 {
		return nil, unknownCity()
	}
	at := search.Results[0]
	if at.Name == nil {
		return nil, errBroken
	}
	where := place{Name: *at.Name, CountryCode: at.CountryCode, Admin1: at.Admin1}
	if at.Latitude != nil {
		where.Latitude = *at.Latitude
	}
	if at.Longitude != nil {
		where.Longitude = *at.Longitude
	}
	query = url.Values{"latitude": {decimal(where.Latitude)}, "longitude": {decimal(where.Longitude)},
		"current": {asked}, "timezone": {"auto"}}
	var cast forecast
	if err := ask(ctx, forecastURL, query, &cast); err != nil {
		return nil, err
	}
	return reportOf(where, &cast)
}

func reportOf(where place, cast *forecast) (*report, error) {
	if cast.Timezone == nil || cast.Offset == nil {
		return nil, errBroken
	}
	where.Timezone = *cast.Timezone
	made := &report{Place: where, Source: "open-meteo",
		Attribution: "Weather data by Open-Meteo.com (CC BY 4.0)",
		FetchedAt:   time.Now().UTC().Format("2006-01-02T15:04:05Z")}
	var observed string
	var isDay *int
	for name, into := range map[string]any{"time": &observed, "is_day": &isDay,
		"temperature_2m": &made.Temperature, "relative_humidity_2m": &made.Humidity,
		"apparent_temperature": &made.FeelsLike, "precipitation": &made.Precipitation,
		"weather_code": &made.Condition.Code, "wind_speed_10m": &made.WindSpeed,
		"wind_direction_10m": &made.WindDirection} {
		raw, there := cast.Current[name]
		if !there || json.Unmarshal(raw, into) != nil {
			return nil, errBroken
		}
	}
	if _, err := time.Parse("2006-01-02T15:04", observed); err != nil {
		return nil, errBroken
	}
	made.ObservedAt = observed + ":00" + offset(*cast.Offset)
	made.Condition.Text = conditionText(made.Condition.Code)
	if isDay != nil {
		day := *isDay != 0
		made.IsDay = &day
	}
	return made, nil
}

func conditionText(code *int) string {
	if code == nil {
		return "unknown"
	}
	if text, known := texts[*code]; known {
		return text
	}
	return fmt.Sprintf("weather code %d", *code)
}

func offset(seconds int) string {
	sign := '+'
	if seconds < 0 {
		sign, seconds = '-', -seconds
	}
	return fmt.Sprintf("%c%02d:%02d", sign, seconds/3600, seconds/60%60)
}

func ask(ctx context.Context, address string, query url.Values, into any) error {
	status, body, err := get(ctx, address, query)
	if err != nil && ctx.Err() == nil && err != errBroken || err == nil && status >= 500 {
		status, body, err = get(ctx, address, query) // it may have passed
	}
	switch {
	case err != nil:
		return err
	case status == 429:
		return &failure{status: 503, slug: "upstream-busy", detail: "The weather source takes no more for now.",
			retryAfter: retryAfter(string(body))}
	case status != 200 || json.Unmarshal(body, into) != nil:
		return errBroken
	}
	return nil
}

func get(ctx context.Context, address string, query url.Values) (int, []byte, error) {
	// A body that cannot be read again, for net/http would try once more by itself.
	empty := io.NopCloser(strings.NewReader(""))
	request, err := http.NewRequestWithContext(ctx, "GET", address+"?"+query.Encode(), empty)
	if err != nil {
		return 0, nil, err
	}
	response, err := client.Do(request)
	if err != nil {
		return 0, nil, err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(io.LimitReader(response.Body, mostBytes+1))
	if len(body) > mostBytes {
		return 0, nil, errBroken
	}
	return response.StatusCode, body, err
}

func retryAfter(refusal string) int {
	switch {
	case strings.Contains(refusal, "Too many concurrent"):
		return 1
	case strings.Contains(refusal, "Hourly"):
		return 3600
	case strings.Contains(refusal, "Daily"):
		return 86400 - int(time.Now().Unix()%86400)
	}
	return 60
}

func decimal(value float64) string { return strconv.FormatFloat(value, 'f', -1, 64) }
