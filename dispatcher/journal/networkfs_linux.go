package journal

import "golang.org/x/sys/unix"

// The magic numbers of statfs(2), of which golang.org/x/sys does not name all.
const (
	magicGFS2   = 0x01161970
	magicLustre = 0x0bd00bd0
	magicGPFS   = 0x47504653
	magicBeeGFS = 0x19830326
	magicOrange = 0x20030528
)

var networkMagic = map[uint32]string{
	unix.NFS_SUPER_MAGIC: "NFS", unix.SMB_SUPER_MAGIC: "SMB", unix.SMB2_SUPER_MAGIC: "SMB", unix.CIFS_SUPER_MAGIC: "CIFS",
	unix.CEPH_SUPER_MAGIC: "Ceph", unix.AFS_SUPER_MAGIC: "AFS", unix.AFS_FS_MAGIC: "AFS", unix.CODA_SUPER_MAGIC: "Coda",
	unix.NCP_SUPER_MAGIC: "NCP", unix.OCFS2_SUPER_MAGIC: "OCFS2", unix.V9FS_MAGIC: "9P",
	magicGFS2: "GFS2", magicLustre: "Lustre", magicGPFS: "GPFS", magicBeeGFS: "BeeGFS", magicOrange: "OrangeFS",
}

func networkFS(dir string) (name string, ok bool) {
	var s unix.Statfs_t
	if err := unix.Statfs(dir, &s); err != nil {
		return "", false
	}
	name, ok = networkMagic[uint32(s.Type)]
	return name, ok
}
