// Package setting is how a part of the program declares what people can set of it: the name, what it may be, its
// default and one phrase that explains it, once, next to the field that holds it. The configuration file with
// its comments, flags, variables and all that is printed of the settings are made from these declarations.
package setting
