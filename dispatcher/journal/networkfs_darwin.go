package journal

import "golang.org/x/sys/unix"

var networkNames = map[string]string{
	"nfs": "NFS", "smbfs": "SMB", "afpfs": "AFP", "webdav": "WebDAV", "ftp": "FTP", "cifs": "CIFS", "acfs": "Xsan",
}

func networkFS(dir string) (name string, ok bool) {
	var s unix.Statfs_t
	if err := unix.Statfs(dir, &s); err != nil {
		return "", false
	}
	name, ok = networkNames[unix.ByteSliceToString(s.Fstypename[:])]
	return name, ok
}
