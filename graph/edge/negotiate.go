package edge

import (
	"mime"
	"net/http"
	"strconv"
	"strings"
)

const (
	typeJSON    = "application/json"
	typeGraphQL = "application/graphql-response+json"
)

// responseType chooses the media type of the response by the request's Accept header. No header
// and a wildcard mean application/json, which every client reads. The second result is false if
// the caller accepts neither type.
func responseType(r *http.Request) (string, bool) {
	accept := strings.Join(r.Header.Values("Accept"), ",")
	if strings.TrimSpace(accept) == "" {
		return typeJSON, true
	}
	graphQL, json := quality(accept, typeGraphQL), quality(accept, typeJSON)
	switch {
	case graphQL == 0 && json == 0:
		return typeJSON, false
	case graphQL > json:
		return typeGraphQL, true
	case graphQL == json && names(accept, typeGraphQL):
		// Of two types wanted equally, the one with the telling status codes.
		return typeGraphQL, true
	default:
		return typeJSON, true
	}
}

// quality is the weight that an Accept header gives a media type: that of its most specific range.
func quality(accept, mediaType string) float64 {
	weight, rank := 0.0, 0
	for _, part := range strings.Split(accept, ",") {
		name, params, err := mime.ParseMediaType(part)
		if err != nil || !plainUTF8(params["charset"]) {
			continue
		}
		if s := specificity(name, mediaType); s > rank {
			weight, rank = weightOf(params["q"]), s
		}
	}
	return weight
}

func specificity(name, mediaType string) int {
	switch name {
	case mediaType:
		return 3
	case "application/*":
		return 2
	case "*/*":
		return 1
	}
	return 0
}

func weightOf(q string) float64 {
	if q == "" {
		return 1
	}
	weight, err := strconv.ParseFloat(q, 64)
	if err != nil || weight < 0 || weight > 1 {
		return 0
	}
	return weight
}

func names(accept, mediaType string) bool {
	for _, part := range strings.Split(accept, ",") {
		if name, _, err := mime.ParseMediaType(part); err == nil && name == mediaType {
			return true
		}
	}
	return false
}

func plainUTF8(charset string) bool {
	return charset == "" || strings.EqualFold(charset, "utf-8")
}
