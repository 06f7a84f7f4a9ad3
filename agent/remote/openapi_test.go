package remote

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers/gorillamux"

	"drover/agent"
	"drover/agent/engine/enginetest"
)

// The document describes the routes that there are, and what really goes over the socket is what it says.
func TestTheDocumentIsTrue(t *testing.T) {
	t.Parallel()
	doc, err := openapi3.NewLoader().LoadFromFile("openapi.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if err := doc.Validate(t.Context()); err != nil {
		t.Fatal(err)
	}
	var described, there []string
	for path, item := range doc.Paths.Map() {
		for method := range item.Operations() {
			described = append(described, method+" "+strings.TrimPrefix(path, "/"))
		}
	}
	for _, r := range routes {
		there = append(there, r.method+" "+r.name)
	}
	slices.Sort(described)
	slices.Sort(there)
	if !slices.Equal(described, there) {
		t.Errorf("the document has\n%q\nand there are\n%q", described, there)
	}

	router, err := gorillamux.NewRouter(doc)
	if err != nil {
		t.Fatal(err)
	}
	_, path := serve(t, local(t, 1, agent.Kinds{enginetest.Kind()}))
	h := &http.Client{Transport: &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) { return dial(ctx, path) }}}
	defer h.CloseIdleConnections()
	for _, x := range []struct {
		request string // method and path
		body    string
		status  int
	}{
		{"GET hello", "", 200},
		{"POST pause", `{"paused":true}`, 200},
		{"POST submit", `{"kind":"contract","prompt":"a","extra":{"n":1}}`, 200},
		{"POST submit", `{"kind":"contract","prompt":"b"}`, 200},
		{"POST check", `{"kind":"contract","prompt":" "}`, 400},
		{"POST priority", `{"id":"1","priority":"low"}`, 200},
		{"POST move", `{"id":"1","places":-1}`, 200},
		{"POST edit", `{"id":"1","request":{"kind":"contract","prompt":"fail"}}`, 200},
		{"POST cancel", `{"id":"2"}`, 200},
		{"POST cancel", `{"id":"2"}`, 409},
		{"POST cancel", `{"id":"nobody"}`, 404},
		{"GET why?id=1", "", 200},
		{"GET snapshot?pending=5&ended=5&errors=5", "", 200},
		{"POST hold", `{"reason":"tea"}`, 200},
		{"POST release", `{"reason":"tea"}`, 200},
		{"POST pause", `{"paused":false}`, 200},
		{"GET task?id=1&wait=30s", "", 200},
		{"POST retry", `{"id":"1"}`, 200},
		{"GET task?id=1&wait=30s", "", 200},
		{"GET output?id=1&from=0&limit=100", "", 200},
		{"POST snapshot", `{"pending":{"offset":0,"limit":9},"ended":{"limit":9},"errors":{"limit":9}}`, 200},
		{"POST workers", `{"workers":2}`, 200},
		{"POST recover", `{"again":true}`, 200},
		{"POST comment", `{"id":"7","text":"more"}`, 404},
		{"POST answer", `{"id":"7","answer":{"allow":true}}`, 404},
		{"POST dismiss", `{"seqs":[1]}`, 200},
		{"POST forget", `{"ids":[]}`, 200},
		{"POST look", "", 200},
		{"POST unload", `{"server":"x","model":"y"}`, 500},
		{"GET abilities?model=x", "", 200},
		{"POST submit-all", `{"tasks":[{"id":"x","kind":"contract","prompt":"x"},{"id":"x","kind":"contract","prompt":"x"}]}`, 200},
		{"GET events?after=0", "", 200},
		{"POST drain", "", 200},
		{"POST stop", "", 200},
	} {
		method, target, _ := strings.Cut(x.request, " ")
		r, err := http.NewRequestWithContext(t.Context(), method, "http://drover/v1/"+target, strings.NewReader(x.body))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Content-Type", "application/json")
		route, _, err := router.FindRoute(r)
		if err != nil {
			t.Fatalf("%s: %v", x.request, err)
		}
		in := &openapi3filter.RequestValidationInput{Request: r, Route: route}
		if x.body != "" && x.status == 200 {
			if err := openapi3filter.ValidateRequest(t.Context(), in); err != nil {
				t.Errorf("%s %s: the document does not know this request: %v", x.request, x.body, err)
			}
			r.Body = io.NopCloser(strings.NewReader(x.body))
		}
		response, err := h.Do(r) //nolint:bodyclose // checkAnswer closes it
		if err != nil {
			t.Fatal(err)
		}
		if response.StatusCode != x.status {
			text, _ := io.ReadAll(io.LimitReader(response.Body, 1000))
			t.Errorf("%s %s: %s, want %d: %s", x.request, x.body, response.Status, x.status, text)
		}
		checkAnswer(t, in, response)
	}
}

// checkAnswer compares an answer with the document; of lines, the first few.
func checkAnswer(t *testing.T, in *openapi3filter.RequestValidationInput, response *http.Response) {
	t.Helper()
	defer func() { _ = response.Body.Close() }()
	var texts [][]byte
	if strings.HasPrefix(response.Header.Get("Content-Type"), "application/x-ndjson") {
		lines := bufio.NewScanner(response.Body)
		lines.Buffer(nil, maxLine)
		for lines.Scan() && (len(texts) < 3 || !bytes.Contains(lines.Bytes(), []byte(`"task":`))) && lines.Text() != "" {
			texts = append(texts, bytes.Clone(lines.Bytes()))
			if bytes.Contains(lines.Bytes(), []byte(`"results":`)) {
				break
			}
		}
		response.Header.Set("Content-Type", "application/json")
	} else {
		text, err := io.ReadAll(response.Body)
		if err != nil {
			t.Fatal(err)
		}
		texts = append(texts, text)
	}
	reference := in.Route.Operation.Responses.Status(response.StatusCode)
	if reference == nil {
		reference = in.Route.Operation.Responses.Default()
	}
	for _, media := range reference.Value.Content {
		for _, text := range texts {
			var value any
			if err := json.Unmarshal(text, &value); err != nil {
				t.Fatalf("%s: %v", text, err)
			}
			if err := media.Schema.Value.VisitJSON(value); err != nil {
				t.Errorf("%s: the document does not know this answer: %s: %v", in.Request.URL, text, err)
			}
		}
	}
}
