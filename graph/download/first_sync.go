package download

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"log/slog"
	"net/http"
	"time"

	"github.com/google/uuid"

	"plumbline/graph/auth"
	"plumbline/graph/edge"
	"plumbline/inspection"
)

// EditionPath is where an edition's file is read, by its content.
func EditionPath(sha inspection.SHA256) string {
	return "/sync/editions/" + hex.EncodeToString(sha[:])
}

// AssignmentPath is where an inspection's file of the first sync is read, by its content.
func AssignmentPath(id inspection.ID, sha inspection.SHA256) string {
	return fmt.Sprintf("/sync/inspections/%s/%s", id, hex.EncodeToString(sha[:]))
}

// Editions serves the files of editions, for the pattern "GET /sync/editions/{sha256}". It stands behind
// auth.Middleware. What stands at an address never changes, so that who has it need not ask again.
// Compressed forms are kept, within bounds: an edition is asked for by every tablet of every team.
func Editions(service *inspection.Service, log *slog.Logger) http.Handler {
	packed := newPacked(mostPacked)
	return files{log, func(w http.ResponseWriter, r *http.Request, actor inspection.Actor) error {
		sha, err := addressOf(r)
		if err != nil {
			return err
		}
		forever(w.Header())
		tag(w.Header(), sha)
		encoding := edge.AcceptedEncoding(r.Header.Get("Accept-Encoding"))
		if body, kept := packed.get(sha, encoding); kept {
			if err := service.MayTakeEditions(actor); err != nil {
				return err
			}
			serve(w, r, encoding, body)
			return nil
		}
		file, err := service.EditionFile(r.Context(), actor, sha)
		if err != nil {
			return err
		}
		if encoding != "" {
			file.Body = packed.pack(sha, encoding, file.Body)
		}
		serve(w, r, encoding, file.Body)
		return nil
	}}
}

// Assignments serves what is an inspection's own in a first sync, for the patterns "GET
// /sync/inspections/{id}", which is the file as it is now, and "GET /sync/inspections/{id}/{sha256}", which
// is that content or, once the inspection has moved on, nothing. It stands behind auth.Middleware.
func Assignments(service *inspection.Service, log *slog.Logger) http.Handler {
	return files{log, func(w http.ResponseWriter, r *http.Request, actor inspection.Actor) error {
		id, err := uuid.Parse(r.PathValue("id"))
		if err != nil {
			return inspection.Refuse(inspection.NotFound, "", "there is no such inspection: %q is no id", clip(r.PathValue("id")))
		}
		addressed := r.PathValue("sha256") != ""
		var wanted inspection.SHA256
		if addressed {
			if wanted, err = addressOf(r); err != nil {
				return err
			}
		}
		file, err := service.AssignmentFile(r.Context(), actor, id)
		switch {
		case err != nil:
			return err
		case addressed && wanted != file.SHA256:
			return inspection.Refuse(inspection.NotFound, "", "the inspection has moved on since; read /sync/inspections/%s for what it is now", id)
		case addressed:
			forever(w.Header())
		default:
			w.Header().Set("Cache-Control", "private, no-cache")
			w.Header().Set("Content-Location", AssignmentPath(id, file.SHA256))
		}
		tag(w.Header(), file.SHA256)
		serve(w, r, "", file.Body)
		return nil
	}}
}

// addressOf reads the address of the path.
func addressOf(r *http.Request) (inspection.SHA256, error) {
	var sha inspection.SHA256
	text := r.PathValue("sha256")
	raw, err := hex.DecodeString(text)
	if err != nil || len(raw) != len(sha) || hex.EncodeToString(raw) != text {
		return sha, inspection.Refuse(inspection.NotFound, "", "%q is no address: it has 64 digits in small letters", clip(text))
	}
	return inspection.SHA256(raw), nil
}

func forever(h http.Header) { h.Set("Cache-Control", "private, max-age=31536000, immutable") }

// tag names the content. Weak: the bytes on the way depend on the encoding.
func tag(h http.Header, sha inspection.SHA256) {
	h.Set("ETag", `W/"`+hex.EncodeToString(sha[:])+`"`)
}

// serve writes the file, or only says that the caller has it already.
func serve(w http.ResponseWriter, r *http.Request, encoding string, body []byte) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Add("Vary", "Authorization")
	w.Header().Set("Accept-Ranges", "none")
	if encoding != "" {
		w.Header().Set("Content-Encoding", encoding)
	}
	r.Header.Del("Range") // of what would depend on the encoding
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(body))
}

// files answers requests for files, and says in a problem's words why there is none.
type files struct {
	log    *slog.Logger
	answer func(http.ResponseWriter, *http.Request, inspection.Actor) error
}

// fileStatuses are what the kinds of problem are in HTTP. Who may see an inspection and not take it
// along is told so.
var fileStatuses = map[inspection.Code]int{
	inspection.Forbidden: http.StatusForbidden,
	inspection.NotFound:  http.StatusNotFound,
	inspection.Locked:    http.StatusConflict,
}

// ServeHTTP answers one request.
func (f files) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	actor, _ := auth.ActorFrom(r.Context()) // the middleware lets nobody else in
	err := f.answer(w, r, actor)
	if err == nil {
		return
	}
	for _, name := range []string{"Cache-Control", "ETag", "Content-Location"} {
		w.Header().Del(name)
	}
	if problems := inspection.ProblemsOf(err); len(problems) > 0 && fileStatuses[problems[0].Code] != 0 {
		edge.Refuse(w, r, fileStatuses[problems[0].Code], string(problems[0].Code), problems[0].Message)
		return
	}
	f.log.ErrorContext(r.Context(), "file of a first sync could not be made", "error", err)
	edge.Refuse(w, r, http.StatusInternalServerError, "INTERNAL",
		fmt.Sprintf("internal error; quote request %s when you report it", edge.RequestID(r.Context())))
}
