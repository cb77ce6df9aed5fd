package catalog

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"path"
	"regexp"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"
)

// maxFileSize is many times the size of the longest standard's file. It keeps a wrong file, or a
// hostile one, from being read into memory.
const maxFileSize = 1 << 20

// open reads one file of the edition into a YAML tree. It reports what is wrong and returns false
// if there is no tree to go on with. A file that does not exist is reported at the place that named it.
func (l *loader) open(name string, namedAt place) (*yaml.Node, bool) {
	raw, ok := l.read(name, namedAt)
	if !ok {
		return nil, false
	}
	return l.parse(name, raw)
}

// read reads one file of the edition's folder, or reports why it cannot be used.
func (l *loader) read(name string, namedAt place) ([]byte, bool) {
	f, err := l.fsys.Open(path.Join(l.dir, name))
	if errors.Is(err, fs.ErrNotExist) {
		l.fault(namedAt, "file %s does not exist", name)
		return nil, false
	}
	if err != nil {
		l.fault(place{name, 1}, "cannot be read: %v", err)
		return nil, false
	}
	defer f.Close()
	return l.text(name, f, maxFileSize)
}

// text reads at most so many bytes of plain UTF-8, or reports what is wrong with them.
func (l *loader) text(name string, r io.Reader, most int64) ([]byte, bool) {
	start := place{name, 1}
	raw, err := io.ReadAll(io.LimitReader(r, most+1))
	switch {
	case err != nil:
		l.fault(start, "cannot be read: %v", err)
	case int64(len(raw)) > most:
		l.fault(start, "the file is larger than %d bytes", most)
	case bytes.HasPrefix(raw, []byte("\ufeff")):
		l.fault(start, "the file begins with a byte order mark; save it as plain UTF-8")
	case bytes.HasPrefix(raw, []byte("\xff\xfe")), bytes.HasPrefix(raw, []byte("\xfe\xff")):
		l.fault(start, "the file is UTF-16; save it as plain UTF-8")
	default:
		if line, found := firstNonUTF8(raw); found {
			l.fault(place{name, line}, "the file is not UTF-8")
			return nil, false
		}
		if at := bytes.IndexByte(raw, 0); at >= 0 {
			l.fault(place{name, 1 + bytes.Count(raw[:at], []byte("\n"))}, "the file holds a NUL character; save it as plain UTF-8")
			return nil, false
		}
		return raw, true
	}
	return nil, false
}

func firstNonUTF8(raw []byte) (line int, found bool) {
	line = 1
	for rest := raw; len(rest) > 0; {
		r, size := utf8.DecodeRune(rest)
		if r == utf8.RuneError && size == 1 {
			return line, true
		}
		if r == '\n' {
			line++
		}
		rest = rest[size:]
	}
	return 0, false
}

// parse turns the bytes into a tree of plain mappings, lists and scalars: one document, no anchors,
// no aliases, no tags, so that nothing can stand for more than is written.
func (l *loader) parse(name string, raw []byte) (*yaml.Node, bool) {
	decoder := yaml.NewDecoder(bytes.NewReader(raw))
	var document, second yaml.Node
	err := decoder.Decode(&document)
	if errors.Is(err, io.EOF) || err == nil && len(document.Content) == 0 {
		l.fault(place{name, 1}, "the file is empty")
		return nil, false
	}
	if err == nil {
		// The reader says io.EOF where a second document would begin, as it should.
		err = decoder.Decode(&second)
	}
	if err == nil {
		l.fault(place{name, max(second.Line, 1)}, "the file holds more than one YAML document")
		return nil, false
	}
	if !errors.Is(err, io.EOF) {
		reason := err.Error()
		if len(raw) <= maxFileSize {
			reason = yamlPosition.ReplaceAllString(reason, "")
		}
		l.fault(place{name, firstUnreadable(raw)}, "not valid YAML: %s", reason)
		return nil, false
	}
	root := document.Content[0]
	return root, l.plain(name, root)
}

// plain reports every node that is more than what is written, and whether there was none.
func (l *loader) plain(name string, n *yaml.Node) bool {
	at := place{name, n.Line}
	switch {
	case n.Kind == yaml.AliasNode:
		l.fault(at, "YAML aliases are not allowed; write the value out")
		return false
	case n.Anchor != "":
		l.fault(at, "YAML anchors are not allowed; write the value out")
		return false
	case n.Style&yaml.TaggedStyle != 0:
		l.fault(at, "YAML tags are not allowed")
		return false
	}
	ok := true
	for _, child := range n.Content {
		ok = l.plain(name, child) && ok
	}
	return ok
}

// yamlPosition begins the YAML reader's messages. Its line is often that of the block around the
// mistake, one less, or missing, so firstUnreadable finds a better one.
var yamlPosition = regexp.MustCompile(`^yaml: (line \d+: )?`)

// longestScalar is how many lines a quoted text or a bracketed list may go over for firstUnreadable
// to see past its beginning.
const longestScalar = 12

// firstUnreadable finds the line after the longest beginning of the file that is valid YAML, by
// halving. A beginning may end inside a quoted text, so the next few lines get their chance too.
func firstUnreadable(raw []byte) int {
	lines := bytes.SplitAfter(raw, []byte("\n"))
	if len(raw) > maxFileSize {
		return 1 // halving would take minutes; the reason names the line as well as the reader can
	}
	readable, end := 0, len(lines)
	for readable < end {
		middle := (readable + end + 1) / 2
		if n, ok := readableWithin(lines, middle); ok {
			readable = n
		} else {
			end = middle - 1
		}
	}
	return min(readable+1, len(lines))
}

// readableWithin looks for a valid beginning of n lines or a few more.
func readableWithin(lines [][]byte, n int) (int, bool) {
	for more := range longestScalar {
		if n+more > len(lines) {
			break
		}
		if isYAML(bytes.Join(lines[:n+more], nil)) {
			return n + more, true
		}
	}
	return 0, false
}

// isYAML reports whether the YAML reader can go through all of the text.
func isYAML(text []byte) bool {
	decoder := yaml.NewDecoder(bytes.NewReader(text))
	for {
		var document yaml.Node
		if err := decoder.Decode(&document); err != nil {
			return errors.Is(err, io.EOF)
		}
	}
}
