package journal

import (
	"database/sql/driver"
	"fmt"
	"strings"

	"drover/dispatcher"
)

// columns are those of which a Row is made, in the order of scan.
const columns = "serial, id, origin, state, priority, payload, model, created, not_before, attempts, requeues, worker, " +
	"started, ended, error, error_kind, result, end_seq IS NOT NULL"

// scan makes a Row of columns, all but payload, result and error, which cost most and are decoded by decode.
func scan(row []driver.Value) Row {
	state := stateOf(row[3])
	return Row{
		State: state, Ended: integer(row[17]) != 0, Origin: text(row[2]), Model: text(row[6]), Kind: text(row[15]),
		Task: dispatcher.Task{
			Serial: uint64(integer(row[0])), ID: text(row[1]), Status: state.Status(), Priority: int(integer(row[4])),
			CreatedAt: moment(row[7]), NotBefore: moment(row[8]), Attempts: int(integer(row[9])),
			Requeues: int(integer(row[10])), WorkerID: int(integer(row[11])),
			StartedAt: moment(row[12]), CompletedAt: moment(row[13]),
		},
	}
}

// recoverResult is how large a result may be, in bytes, to be read at the start: there may be a thousand of them.
const recoverResult = 64 << 10

// recoverColumns are columns with a NULL in the place of a large result, which is not read from the disk then.
var recoverColumns = strings.Replace(columns, "result", fmt.Sprintf("iif(length(result) > %d, NULL, result)", recoverResult), 1)

func stateOf(v driver.Value) State {
	if state := State(integer(v)); state < states {
		return state
	}
	return Interrupted // of a damaged database: asked about rather than run
}

// raw is a Row with what has not been decoded yet.
type raw struct {
	Row
	payload, failure, result []byte
	hasResult                bool // also one that was not read; of tasks that have not ended
}

func scanRaw(row []driver.Value) raw {
	return raw{Row: scan(row), payload: blob(row[5]), failure: blob(row[14]), result: blob(row[16])}
}

// openColumns are enough of a task that waits for its first attempt, which nearly all do in a long queue: half of the
// time of reading one goes into its columns. The last one says whether there is more.
const openColumns = "serial, id, origin, state, priority, payload, created, " +
	"attempts <> 0 OR requeues <> 0 OR not_before IS NOT NULL OR error IS NOT NULL OR result IS NOT NULL"

// scanOpen makes a raw Row of openColumns, and of the others if there is more in them. It leaves out the Model.
func scanOpen(c *conn, row []driver.Value) (raw, error) {
	if integer(row[7]) == 0 {
		state := stateOf(row[3])
		return raw{payload: blob(row[5]), Row: Row{State: state, Origin: text(row[2]), Task: dispatcher.Task{
			Serial: uint64(integer(row[0])), ID: text(row[1]), Status: state.Status(), Priority: int(integer(row[4])),
			CreatedAt: moment(row[6]),
		}}}, nil
	}
	var task raw
	err := c.each("SELECT "+recoverColumns+", result IS NOT NULL FROM tasks WHERE serial = ?", row[:1], func(row []driver.Value) error {
		task = scanRaw(row)
		task.hasResult = integer(row[18]) != 0
		return nil
	})
	return task, err
}

// decode makes the Row whole.
func (r *raw) decode(codec safely) {
	var payloadErr, resultErr error
	r.Task.Payload, payloadErr = codec.decodePayload(r.payload)
	r.Task.Result, resultErr = codec.decodeResult(r.result)
	r.Task.Error = codec.decodeError(r.failure, r.Kind)
	if r.Unreadable = payloadErr; r.Unreadable == nil {
		r.Unreadable = resultErr
	}
	r.payload, r.failure, r.result = nil, nil, nil
}
