package mysql

// Parse reads a DSN as Open does.
var Parse = parse
