package download

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/google/uuid"

	"plumbline/graph/auth"
	"plumbline/graph/edge"
	"plumbline/inspection"
	"plumbline/inspection/report"
)

// ReportPath is where the report of an inspection is read, in the form that the query names.
func ReportPath(id inspection.ID, form inspection.Form) string {
	return fmt.Sprintf("/inspections/%s/report?form=%s", id, strings.ToLower(string(form)))
}

// Report serves issued reports as HTML pages, for the pattern "GET /inspections/{id}/report". It
// stands behind auth.Middleware.
//
// What the caller may not see is answered as if it did not exist: 404. A report that is not made
// yet is 409. A report never changes, so a browser that has it is told so at once; it is nobody
// else's to keep.
func Report(service *inspection.Service, log *slog.Logger) (http.Handler, error) {
	template, err := report.NewTemplate()
	if err != nil {
		return nil, err
	}
	return reports{service, template, log}, nil
}

type reports struct {
	service  *inspection.Service
	template *report.Template
	log      *slog.Logger
}

// ServeHTTP answers one request.
func (h reports) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	actor, _ := auth.ActorFrom(r.Context()) // the middleware lets nobody else in
	form, err := formOf(r, actor)
	if err != nil {
		h.refuse(w, r, err)
		return
	}
	id, err := uuid.Parse(r.PathValue("id"))
	if err != nil {
		h.refuse(w, r, inspection.Refuse(inspection.NotFound, "", "there is no such inspection: %q is no id", clip(r.PathValue("id"))))
		return
	}
	made, err := h.service.ReportForm(r.Context(), actor, id, form)
	if err != nil {
		h.refuse(w, r, err)
		return
	}
	h.write(w, r, *made)
}

// formOf is the form that the request names; without one, the fullest that the caller's role reads.
func formOf(r *http.Request, actor inspection.Actor) (inspection.Form, error) {
	if !r.URL.Query().Has("form") {
		return inspection.FormsFor(actor.Role)[0], nil
	}
	return inspection.ParseForm(clip(r.URL.Query().Get("form")))
}

func (h reports) write(w http.ResponseWriter, r *http.Request, made inspection.ReportForm) {
	built, err := report.Build(made)
	if err != nil {
		h.fault(w, r, err)
		return
	}
	page, err := h.template.Page(built)
	if err != nil {
		h.fault(w, r, err)
		return
	}
	header := w.Header()
	header.Set("Content-Type", "text/html; charset=utf-8")
	header.Set("Content-Security-Policy", page.Policy+"; frame-ancestors 'none'")
	header.Set("Content-Disposition", `inline; filename="`+fileName(made)+`"`)
	header.Set("Cache-Control", "private, no-cache") // kept, and asked about: the right to read it may end
	header.Add("Vary", "Authorization")
	// Weak: it may be compressed on the way.
	header.Set("ETag", fmt.Sprintf(`W/"%s-%s-%s"`, hex.EncodeToString(made.SnapshotSHA256[:]), strings.ToLower(string(made.Form)), h.template.Version))
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(page.HTML))
}

func fileName(made inspection.ReportForm) string {
	return fmt.Sprintf("inspection-%s-%s.html", made.InspectionID, strings.ToLower(string(made.Form)))
}

// statuses are what the kinds of problem are in HTTP.
var statuses = map[inspection.Code]int{
	inspection.Invalid:   http.StatusBadRequest,
	inspection.Forbidden: http.StatusNotFound, // who may not see it cannot tell it from what does not exist
	inspection.NotFound:  http.StatusNotFound,
	inspection.Locked:    http.StatusConflict,
}

func (h reports) refuse(w http.ResponseWriter, r *http.Request, err error) {
	problems := inspection.ProblemsOf(err)
	if len(problems) == 0 {
		h.fault(w, r, err)
		return
	}
	code, message := problems[0].Code, problems[0].Message
	status := statuses[code]
	switch status {
	case 0:
		h.fault(w, r, err)
		return
	case http.StatusNotFound:
		code, message = inspection.NotFound, "there is no such report, or it is not yours to see"
	}
	edge.Refuse(w, r, status, string(code), message)
}

func (h reports) fault(w http.ResponseWriter, r *http.Request, err error) {
	h.log.ErrorContext(r.Context(), "report could not be made", "error", err)
	edge.Refuse(w, r, http.StatusInternalServerError, "INTERNAL",
		fmt.Sprintf("internal error; quote request %s when you report it", edge.RequestID(r.Context())))
}

// clip keeps a caller's text short enough to repeat.
func clip(text string) string {
	if len(text) > 60 {
		return strings.ToValidUTF8(text[:60], "")
	}
	return text
}
