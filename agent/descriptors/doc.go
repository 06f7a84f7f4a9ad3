// Package descriptors keeps the open files of this process to itself.
package descriptors
