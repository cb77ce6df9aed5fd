package replay_test

import (
	"bytes"
	"image"
	_ "image/jpeg"
	_ "image/png"
	"testing"

	"plumbline/cmd/dev/replay"
	"plumbline/inspection"
)

func TestAPhotographIsAnAcceptedImageAndTheSameEveryTime(t *testing.T) {
	t.Parallel()
	for _, mediaType := range []string{"image/jpeg", "image/png"} {
		first, err := replay.NewPhotograph(mediaType, "Pine River", "2023-04-27")
		if err != nil {
			t.Fatal(err)
		}
		again, err := replay.NewPhotograph(mediaType, "Pine River", "2023-04-27")
		if err != nil || !bytes.Equal(first.Content, again.Content) {
			t.Errorf("%s: the same card has other bytes (%v)", mediaType, err)
		}
		other, err := replay.NewPhotograph(mediaType, "Pine River", "2023-04-28")
		if err != nil || bytes.Equal(first.Content, other.Content) {
			t.Errorf("%s: another card has the same bytes (%v)", mediaType, err)
		}
		if sniffed, _ := inspection.SniffMediaType(first.Content); string(sniffed) != mediaType {
			t.Errorf("%s is taken for %s", mediaType, sniffed)
		}
		if _, _, err := image.Decode(bytes.NewReader(first.Content)); err != nil || len(first.Content) > 64<<10 {
			t.Errorf("%s: %d bytes, %v", mediaType, len(first.Content), err)
		}
	}
	if _, err := replay.NewPhotograph("image/heic"); err == nil {
		t.Error("a photograph is made of a kind that cannot be")
	}
}
