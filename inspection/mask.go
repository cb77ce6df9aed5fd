package inspection

import (
	"regexp"
	"strings"
)

// masked stands for a number in a copy that the inspected or the public read, as in the copies that
// ICE publishes.
const masked = "▒"

var (
	// sentence is a stretch of text up to the end of its sentence. A point inside a number or a
	// section ends none.
	sentence = regexp.MustCompile(`(?s).*?(?:[.!?;](?:\s+|$)|\n|$)`)
	number   = regexp.MustCompile(`(?i)[\p{L}\p{N}]+(?:[.,:/][\p{L}\p{N}]+)*`)
)

// few are the numbers of people that are too small to tell.
var few = map[string]bool{"0": true, "1": true, "2": true, "3": true, "4": true, "zero": true, "one": true, "two": true,
	"three": true, "four": true, "both": true}

// maskInterviews hides the small numbers of every sentence that speaks of interviews: told to the
// inspected, "interviewed three detainees" would point at persons. "2 of 12 files" stays.
func maskInterviews(text string) string {
	return sentence.ReplaceAllStringFunc(text, func(s string) string {
		if !strings.Contains(strings.ToLower(s), "interview") {
			return s
		}
		return number.ReplaceAllStringFunc(s, func(word string) string {
			if few[strings.ToLower(word)] {
				return masked
			}
			return word
		})
	})
}

// maskForInspected masks a finding's texts as the report's forms for the inspected have them.
func (f *Finding) maskForInspected() {
	for _, text := range []*string{&f.Text, &f.StandardText, &f.CorrectionNote, &f.Condition} {
		*text = maskInterviews(*text)
	}
}

// maskActions masks what actions say of their deficiencies for those who may not see fieldwork.
func maskActions(actor Actor, actions []CorrectiveAction) {
	if GrantOf(actor.Role, ReadFieldwork) != Never {
		return
	}
	for n := range actions {
		actions[n].Deficiency.Text = maskInterviews(actions[n].Deficiency.Text)
	}
}
