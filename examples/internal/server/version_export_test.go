package server

import "runtime/debug"

// DescribeBuild is what the command version prints behind the name.
func DescribeBuild(b *debug.BuildInfo) string { return buildOf(b).String() }
