package forecast

import (
	"os"
	"testing"
	"time"
)

func TestMain(m *testing.M) {
	time.Local = time.UTC // times of day are part of sentences
	os.Exit(m.Run())
}
