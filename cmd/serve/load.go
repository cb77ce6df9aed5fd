package serve

import (
	"errors"
	"fmt"
	"net"
	"os"
	"reflect"
	"strconv"
	"strings"

	"github.com/caarlos0/env/v11"
)

// Misconfigured lists everything that is wrong with the settings, one line each, each naming its
// variable. It never repeats a secret.
type Misconfigured []string

func (m Misconfigured) Error() string { return strings.Join(m, "\n") }

// Load reads the configuration from environment entries of the form KEY=value. The error is a
// Misconfigured.
func Load(environ []string) (Config, error) {
	vars := env.ToMap(environ)
	wrong := readSecretFiles(vars)
	var cfg Config
	err := env.ParseWithOptions(&cfg, env.Options{Environment: withoutEmpty(vars)})
	wrong = append(wrong, explain(err, wrong)...)
	wrong = append(wrong, cfg.contradictions()...)
	if len(wrong) > 0 {
		return Config{}, Misconfigured(wrong)
	}
	return cfg, nil
}

// withoutEmpty drops variables that are set to nothing: they count as not set.
func withoutEmpty(vars map[string]string) map[string]string {
	set := make(map[string]string, len(vars))
	for name, value := range vars {
		if strings.TrimSpace(value) != "" {
			set[name] = value
		}
	}
	return set
}

// readSecretFiles puts the content of each NAME_FILE into NAME, and returns what went wrong.
func readSecretFiles(vars map[string]string) []string {
	var wrong []string
	for _, s := range settings() {
		path := vars[s.name+fileSuffix]
		if !s.secret && !s.file || path == "" {
			continue
		}
		if vars[s.name] != "" {
			wrong = append(wrong, fmt.Sprintf("%s and %s%s are both set; set one", s.name, s.name, fileSuffix))
			continue
		}
		content, err := os.ReadFile(path)
		if err != nil {
			wrong = append(wrong, fmt.Sprintf("%s%s cannot be read: %v", s.name, fileSuffix, err))
			continue
		}
		vars[s.name] = strings.TrimSpace(string(content))
		if vars[s.name] == "" {
			wrong = append(wrong, fmt.Sprintf("%s%s names an empty file", s.name, fileSuffix))
		}
	}
	return wrong
}

// explain turns the parser's errors into lines. A secret whose file was at fault is not reported
// as missing too.
func explain(err error, known []string) []string {
	var all env.AggregateError
	if !errors.As(err, &all) {
		if err != nil {
			return []string{err.Error()}
		}
		return nil
	}
	var lines []string
	for _, one := range all.Errors {
		if line := explainOne(one); !mentioned(line, known) {
			lines = append(lines, line)
		}
	}
	return lines
}

func explainOne(err error) string {
	var missing env.VarIsNotSetError
	var parse env.ParseError
	switch {
	case errors.As(err, &missing):
		return fmt.Sprintf("%s is not set: %s", missing.Key, describe(missing.Key))
	case errors.As(err, &parse):
		s := settingOf(parse.Name)
		if s.secret {
			return fmt.Sprintf("%s %v", s.name, parse.Err)
		}
		return fmt.Sprintf("%s is wrong: %v", s.name, plainParse(parse.Err))
	}
	return err.Error()
}

// plainParse says what strconv means.
func plainParse(err error) error {
	var number *strconv.NumError
	if errors.As(err, &number) {
		return fmt.Errorf("%q is not a value it can have", number.Num)
	}
	return err
}

func mentioned(line string, known []string) bool {
	name, _, _ := strings.Cut(line, " ")
	for _, k := range known {
		if strings.HasPrefix(k, name+" ") || strings.HasPrefix(k, name+fileSuffix+" ") {
			return true
		}
	}
	return false
}

// contradictions are settings that are wrong together.
func (c *Config) contradictions() []string {
	var wrong []string
	if (c.TLSCert == "") != (c.TLSKey == "") {
		wrong = append(wrong, "PLUMBLINE_TLS_CERT and PLUMBLINE_TLS_KEY go together; one is not set")
	}
	if _, _, err := net.SplitHostPort(c.Addr); c.Addr != "" && err != nil {
		wrong = append(wrong, "PLUMBLINE_ADDR is wrong: it must be host:port, like :8080")
	}
	if c.DatabaseConns < 0 {
		wrong = append(wrong, "PLUMBLINE_DATABASE_CONNECTIONS is wrong: it must be a positive number")
	}
	return wrong
}

func positive(text []byte, into *int) error {
	n, err := strconv.Atoi(string(text))
	if err != nil || n <= 0 {
		return errors.New("must be a positive number")
	}
	*into = n
	return nil
}

func isLoopback(host string) bool {
	return host == "localhost" || net.ParseIP(host).IsLoopback()
}

const fileSuffix = "_FILE"

// setting is one variable of Config. A secret may come from a file, and so may a public key, which has
// lines.
type setting struct {
	field, name, fallback, doc string
	required, secret, file     bool
}

// settings lists the variables in the order of Config.
func settings() []setting {
	config := reflect.TypeFor[Config]()
	list := make([]setting, config.NumField())
	for i := range list {
		f := config.Field(i)
		name, options, _ := strings.Cut(f.Tag.Get("env"), ",")
		list[i] = setting{
			field: f.Name, name: name, fallback: f.Tag.Get("envDefault"), doc: f.Tag.Get("doc"),
			required: options == "required",
			secret:   f.Type == reflect.TypeFor[Secret]() || f.Type == reflect.TypeFor[Key](),
			file:     f.Type == reflect.TypeFor[VaultKeys](),
		}
	}
	return list
}

func settingOf(field string) setting {
	for _, s := range settings() {
		if s.field == field {
			return s
		}
	}
	return setting{name: field}
}

func describe(name string) string {
	for _, s := range settings() {
		if s.name == name {
			return s.doc
		}
	}
	return ""
}

// Table prints the configuration as a Markdown table, for the manual.
func Table() string {
	var b strings.Builder
	b.WriteString("| variable | default | meaning |\n|---|---|---|\n")
	for _, s := range settings() {
		fallback := "`" + s.fallback + "`"
		switch {
		case s.required:
			fallback = "required"
		case s.fallback == "":
			fallback = ""
		}
		doc := s.doc
		if s.secret || s.file {
			doc += " (or a file that holds it: `" + s.name + fileSuffix + "`)"
		}
		fmt.Fprintf(&b, "| `%s` | %s | %s |\n", s.name, fallback, doc)
	}
	return b.String()
}
