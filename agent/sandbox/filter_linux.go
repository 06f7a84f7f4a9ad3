package sandbox

import (
	"fmt"
	"runtime"
	"unsafe"

	"golang.org/x/sys/unix"
)

// arch is what the filter knows of this processor; see audit.h.
var arch, canFilter = map[string]uint32{
	"amd64": unix.AUDIT_ARCH_X86_64, "arm64": unix.AUDIT_ARCH_AARCH64, "riscv64": unix.AUDIT_ARCH_RISCV64,
	"loong64": unix.AUDIT_ARCH_LOONGARCH64, "ppc64le": unix.AUDIT_ARCH_PPC64LE,
}[runtime.GOARCH], map[string]bool{"amd64": true, "arm64": true, "riscv64": true, "loong64": true, "ppc64le": true}[runtime.GOARCH]

// Where a filter finds what it looks at, in struct seccomp_data. All processors above are little-endian, so that the low half
// of an argument comes first.
const (
	callNumber   = 0
	architecture = 4
	firstArg     = 16
)

// x32 is the bit of calls of the x32 interface, which come under the architecture of amd64.
const x32 = 0x40000000

// filterCalls refuses this thread, and whatever it becomes and starts, what Landlock does not hold back: sockets other than
// those for questions to the kernel and, where the network is allowed, those to other hosts; and the ways around a filter.
// What is refused fails with EACCES.
func filterCalls(network bool) error {
	allowed := []uint32{unix.AF_NETLINK}
	if network {
		allowed = append(allowed, unix.AF_INET, unix.AF_INET6)
	}
	refused := []uint32{
		unix.SYS_IO_URING_SETUP, // makes sockets without the call for it
		unix.SYS_BPF, unix.SYS_KEYCTL, unix.SYS_ADD_KEY, unix.SYS_REQUEST_KEY,
	}
	const allow, refuse = unix.SECCOMP_RET_ALLOW, unix.SECCOMP_RET_ERRNO | uint32(unix.EACCES)
	load := func(at uint32) unix.SockFilter {
		return unix.SockFilter{Code: unix.BPF_LD | unix.BPF_W | unix.BPF_ABS, K: at}
	}
	end := func(how uint32) unix.SockFilter { return unix.SockFilter{Code: unix.BPF_RET | unix.BPF_K, K: how} }
	// skip goes on behind the next instruction if what was loaded is not value, or not at least value.
	skip := func(unless uint16, value uint32) unix.SockFilter {
		return unix.SockFilter{Code: unix.BPF_JMP | unless | unix.BPF_K, Jf: 1, K: value}
	}
	filter := []unix.SockFilter{
		load(architecture), {Code: unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K, Jt: 1, K: arch}, end(refuse),
		load(callNumber),
	}
	if runtime.GOARCH == "amd64" {
		filter = append(filter, skip(unix.BPF_JGE, x32), end(refuse))
	}
	for _, call := range refused {
		filter = append(filter, skip(unix.BPF_JEQ, call), end(refuse))
	}
	filter = append(filter, unix.SockFilter{Code: unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K, Jt: 1, K: unix.SYS_SOCKET}, end(allow),
		load(firstArg))
	for _, family := range allowed {
		filter = append(filter, skip(unix.BPF_JEQ, family), end(allow))
	}
	filter = append(filter, end(refuse))

	if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
		return fmt.Errorf("no_new_privs: %w", err)
	}
	program := unix.SockFprog{Len: uint16(len(filter)), Filter: &filter[0]}
	// the call takes a pointer
	address := uintptr(unsafe.Pointer(&program)) //nolint:gosec // the kernel takes nothing else
	if err := unix.Prctl(unix.PR_SET_SECCOMP, unix.SECCOMP_MODE_FILTER, address, 0, 0); err != nil {
		return fmt.Errorf("the filter of system calls: %w", err)
	}
	runtime.KeepAlive(filter)
	return nil
}
