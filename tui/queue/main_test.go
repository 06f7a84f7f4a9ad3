package queue

import (
	"os"
	"testing"
	"time"
)

func TestMain(m *testing.M) {
	time.Local = time.UTC // times of day are part of rows
	os.Exit(m.Run())
}
