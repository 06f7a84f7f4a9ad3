package realserver

import (
	"math/rand/v2"
	"strings"
)

// The shape of the model: one layer whose attention and feed-forward weights are zero, so that the embedding
// of the last token passes through unchanged to the output matrix.
const (
	width  = 256
	heads  = 4
	length = 32768 // of the context, in tokens
	// sharpness is the logit of the scripted token; the others have about sharpness/√width at most, so that it
	// is chosen at any usual temperature.
	sharpness = 60
)

// The types of tokens in the vocabulary, as the format numbers them.
const (
	tokenNormal  = 1
	tokenUnknown = 2
	tokenControl = 3
	tokenByte    = 6
)

// vocabulary is every token with its type, and which one follows on which.
type vocabulary struct {
	texts []string
	types []int32
	next  map[int]int
}

const endOfText = 2

func (v *vocabulary) add(text string, kind int32) int {
	v.texts = append(v.texts, text)
	v.types = append(v.types, kind)
	return len(v.texts) - 1
}

// newVocabulary has the three special tokens, one for each byte (prompts are made of these), and those of the
// scripts.
func newVocabulary(scripts []script) *vocabulary {
	v := &vocabulary{next: map[int]int{}}
	v.add("<unk>", tokenUnknown)
	v.add("<s>", tokenControl)
	v.add("</s>", tokenControl)
	const hex = "0123456789ABCDEF"
	for b := range 256 {
		v.add("<0x"+string(hex[b>>4])+string(hex[b&15])+">", tokenByte)
	}
	for _, s := range scripts {
		last := v.add(s.trigger(), tokenControl)
		first := len(v.texts)
		for _, piece := range s.pieces {
			token := v.add(strings.ReplaceAll(piece, " ", "▁"), tokenNormal)
			v.next[last] = token
			last = token
		}
		v.next[last] = endOfText
		if s.loop {
			v.next[last] = first
		}
	}
	return v
}

// matrices returns the embedding and the output matrix, one row of width for each token. An embedding is a
// random vector of signs, nearly orthogonal to all others; the output row of a token is the sum of the
// embeddings of the tokens that it follows.
func (v *vocabulary) matrices() (embedding, output []float32) {
	// The numbers must be the same each time, so that the server recognises the model.
	random := rand.New(rand.NewPCG(1, 2))
	embedding = make([]float32, len(v.texts)*width)
	for i := range embedding {
		embedding[i] = 1
		if random.Uint64()&1 == 0 {
			embedding[i] = -1
		}
	}
	output = make([]float32, len(v.texts)*width)
	for token, next := range v.next {
		for k := range width {
			output[next*width+k] += embedding[token*width+k] * sharpness / width
		}
	}
	return embedding, output
}
