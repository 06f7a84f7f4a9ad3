package realserver

import (
	"bytes"
	"encoding/binary"
)

// The numbers of types in a GGUF file.
const (
	typeUint32  = 4
	typeInt32   = 5
	typeFloat32 = 6
	typeBool    = 7
	typeString  = 8
	typeArray   = 9
)

const (
	ggufVersion = 3
	alignment   = 32 // of tensors, in bytes
)

// ggufFile collects the parts of a GGUF file: https://github.com/ggml-org/ggml/blob/master/docs/gguf.md
type ggufFile struct {
	keys, infos, data   bytes.Buffer
	keyCount, infoCount uint64
}

func put(b *bytes.Buffer, values ...any) {
	for _, v := range values {
		if text, ok := v.(string); ok {
			put(b, uint64(len(text)))
			b.WriteString(text)
			continue
		}
		if err := binary.Write(b, binary.LittleEndian, v); err != nil {
			panic(err) // a value without a fixed size: a mistake in this package
		}
	}
}

// key adds a value that describes the model.
func (f *ggufFile) key(name string, value any) {
	f.keyCount++
	put(&f.keys, name)
	switch v := value.(type) {
	case string:
		put(&f.keys, uint32(typeString), v)
	case uint32:
		put(&f.keys, uint32(typeUint32), v)
	case float32:
		put(&f.keys, uint32(typeFloat32), v)
	case bool:
		put(&f.keys, uint32(typeBool), v)
	case []string:
		put(&f.keys, uint32(typeArray), uint32(typeString), uint64(len(v)))
		for _, text := range v {
			put(&f.keys, text)
		}
	case []float32:
		put(&f.keys, uint32(typeArray), uint32(typeFloat32), uint64(len(v)), v)
	case []int32:
		put(&f.keys, uint32(typeArray), uint32(typeInt32), uint64(len(v)), v)
	default:
		panic("no GGUF type for the value of " + name)
	}
}

// tensor adds a matrix of 32-bit numbers; its first dimension is the one that lies together.
func (f *ggufFile) tensor(name string, values []float32, dimensions ...uint64) {
	f.infoCount++
	const float32Tensor = 0
	put(&f.infos, name, uint32(len(dimensions)), dimensions, uint32(float32Tensor), uint64(f.data.Len()))
	put(&f.data, values)
	pad(&f.data)
}

func pad(b *bytes.Buffer) {
	if over := b.Len() % alignment; over > 0 {
		b.Write(make([]byte, alignment-over))
	}
}

func (f *ggufFile) bytes() []byte {
	var b bytes.Buffer
	b.WriteString("GGUF")
	put(&b, uint32(ggufVersion), f.infoCount, f.keyCount)
	b.Write(f.keys.Bytes())
	b.Write(f.infos.Bytes())
	pad(&b)
	b.Write(f.data.Bytes())
	return b.Bytes()
}

// modelFile returns a model of that name that follows the scripts.
func modelFile(name string, scripts []script) []byte {
	v := newVocabulary(scripts)
	embedding, output := v.matrices()
	size := uint64(len(v.texts))

	var f ggufFile
	f.key("general.architecture", "llama")
	f.key("general.name", name)
	f.key("general.file_type", uint32(0))
	f.key("llama.block_count", uint32(1))
	f.key("llama.context_length", uint32(length))
	f.key("llama.embedding_length", uint32(width))
	f.key("llama.feed_forward_length", uint32(width))
	f.key("llama.attention.head_count", uint32(heads))
	f.key("llama.attention.head_count_kv", uint32(heads))
	f.key("llama.rope.dimension_count", uint32(width/heads))
	f.key("llama.vocab_size", uint32(size))
	f.key("llama.attention.layer_norm_rms_epsilon", float32(1e-6))
	f.key("tokenizer.ggml.model", "llama")
	f.key("tokenizer.ggml.tokens", v.texts)
	f.key("tokenizer.ggml.scores", make([]float32, size))
	f.key("tokenizer.ggml.token_type", v.types)
	f.key("tokenizer.ggml.bos_token_id", uint32(1))
	f.key("tokenizer.ggml.eos_token_id", uint32(endOfText))
	f.key("tokenizer.ggml.unknown_token_id", uint32(0))
	f.key("tokenizer.ggml.add_bos_token", false)
	f.key("tokenizer.ggml.add_space_prefix", false)

	ones := make([]float32, width)
	for i := range ones {
		ones[i] = 1
	}
	zeros := make([]float32, width*width)
	f.tensor("token_embd.weight", embedding, width, size)
	f.tensor("output_norm.weight", ones, width)
	f.tensor("output.weight", output, width, size)
	f.tensor("blk.0.attn_norm.weight", ones, width)
	f.tensor("blk.0.ffn_norm.weight", ones, width)
	for _, name := range []string{"attn_q", "attn_k", "attn_v", "attn_output", "ffn_gate", "ffn_up", "ffn_down"} {
		f.tensor("blk.0."+name+".weight", zeros, width, width)
	}
	return f.bytes()
}
