package replay

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"strings"
)

// Photograph is an original that the replay makes itself. The same text gives the same bytes.
type Photograph struct {
	MediaType string
	Content   []byte
}

// cardTitle stands on every photograph: nobody shall take one for a picture of the place.
const cardTitle = "RECONSTRUCTED: sample photograph"

// Size of a card in pixels, and of one dot of its letters.
const (
	cardWidth  = 1000
	cardHeight = 240
	cardDot    = 3
	cardMargin = 24
)

// NewPhotograph makes a card with the title and the lines below it, cut at the margin.
func NewPhotograph(mediaType string, lines ...string) (Photograph, error) {
	card := image.NewPaletted(image.Rect(0, 0, cardWidth, cardHeight), color.Palette{color.White, color.Black})
	for n, line := range append([]string{cardTitle}, lines...) {
		write(card, cardMargin, cardMargin+n*12*cardDot, line)
	}
	var out bytes.Buffer
	var err error
	switch mediaType {
	case "image/jpeg":
		err = jpeg.Encode(&out, card, &jpeg.Options{Quality: 80})
	case "image/png":
		err = png.Encode(&out, card)
	default:
		err = fmt.Errorf("no photograph is made as %s", mediaType)
	}
	return Photograph{MediaType: mediaType, Content: out.Bytes()}, err
}

// write puts a line of text on the card, its upper left corner at x, y.
func write(card *image.Paletted, x, y int, text string) {
	letters := glyphs()
	for _, r := range strings.ToUpper(text) {
		if x+5*cardDot > cardWidth-cardMargin {
			return
		}
		for row, dots := range letters[r] {
			for column := range 5 {
				if dots&(16>>column) != 0 {
					fill(card, x+column*cardDot, y+row*cardDot)
				}
			}
		}
		x += 6 * cardDot
	}
}

func fill(card *image.Paletted, x, y int) {
	for dy := range cardDot {
		for dx := range cardDot {
			card.SetColorIndex(x+dx, y+dy, 1)
		}
	}
}
