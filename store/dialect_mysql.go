package store

import (
	"context"
	"regexp"
	"strconv"
	"strings"
)

func mysqlFlavor() flavor {
	return flavor{
		name:     "MySQL",
		hasTable: "SELECT COUNT(*) FROM information_schema.tables WHERE table_schema = DATABASE() AND table_name = ?",
		classify: ClassifyMySQL,
		settings: []setting{
			{"SELECT CASE WHEN @@sql_mode LIKE '%STRICT_ALL_TABLES%' OR @@sql_mode LIKE '%STRICT_TRANS_TABLES%' THEN 'strict' ELSE @@sql_mode END",
				[]string{"strict"}, "sql_mode must have STRICT_ALL_TABLES: else what is too long would be cut"},
			{"SELECT CASE WHEN @@sql_mode LIKE '%NO_BACKSLASH_ESCAPES%' THEN 'off' ELSE 'on' END", []string{"on"}, "sql_mode must not have NO_BACKSLASH_ESCAPES"},
			{"SELECT @@character_set_connection", []string{"utf8mb4"}, "choose utf8mb4 for the connection, in the DSN"},
			{"SELECT @@autocommit", []string{"1"}, "autocommit must be on"},
			{"SELECT CASE WHEN @@log_bin AND @@binlog_format = 'STATEMENT' THEN 'STATEMENT' ELSE 'ok' END", []string{"ok"},
				"binlog_format must be ROW or MIXED: transactions are READ COMMITTED"},
			{"SELECT CASE WHEN @@innodb_ft_min_token_size <= 3 AND @@innodb_ft_max_token_size >= 84 THEN 'ok' ELSE 'other' END", []string{"ok"},
				"innodb_ft_min_token_size and innodb_ft_max_token_size must be 3 and 84, as they are by default"},
		},
		check:   checkMySQL,
		migrate: migrateMySQL,
		keep:    func(key string) string { return " ON DUPLICATE KEY UPDATE " + key + " = " + key },
		upsert: func(_, set []string) string {
			var parts []string
			for _, c := range set {
				parts = append(parts, c+" = VALUES("+c+")")
			}
			return " ON DUPLICATE KEY UPDATE " + strings.Join(parts, ", ")
		},
		lock:     " FOR UPDATE",
		skip:     " FOR UPDATE SKIP LOCKED",
		clock:    "TIMESTAMPDIFF(MICROSECOND, '1970-01-01', UTC_TIMESTAMP(6))",
		next:     nextMySQL,
		newest:   newestMySQL,
		count:    countMySQL,
		snapshot: "START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY",
		aside:    plain,
		putDoc:   putDocMySQL,
		dropDoc:  dropDoc,
		match:    matchMySQL,
		look:     lookMySQL,
		among: func(column string) string {
			return column + " IN (SELECT v FROM JSON_TABLE(?, '$[*]' COLUMNS (v BIGINT PATH '$')) j)"
		},
	}
}

// checkMySQL makes sure that a changed row that was the same before counts as changed: there is no way to ask the server.
func checkMySQL(ctx context.Context, s *Store) error {
	conn, err := s.cfg.DB.Conn(ctx) // a temporary table belongs to its connection
	if err != nil {
		return s.fail(err)
	}
	defer func() { _ = conn.Close() }()
	h := &handle{s: s, conn: conn}
	for _, text := range []string{"DROP TEMPORARY TABLE IF EXISTS {check}", "CREATE TEMPORARY TABLE {check} (a INTEGER PRIMARY KEY)", "INSERT INTO {check} (a) VALUES (1)"} {
		if _, err := h.exec(ctx, s.text(text)); err != nil {
			return err
		}
	}
	n, err := h.affected(ctx, s.text("UPDATE {check} SET a = 1"))
	if _, err := h.exec(ctx, s.text("DROP TEMPORARY TABLE {check}")); err != nil {
		return err
	}
	if err == nil && n != 1 {
		err = unfit("an UPDATE that changes nothing meets no rows: set clientFoundRows=true in the DSN")
	}
	return err
}

func nextMySQL(ctx context.Context, h *handle) (int64, error) {
	res, err := h.exec(ctx, h.s.text("INSERT INTO {ticket_numbers} () VALUES ()"))
	if err != nil {
		return 0, err
	}
	n, err := res.LastInsertId()
	if err != nil {
		return 0, h.leave(err)
	}
	_, err = h.exec(ctx, h.s.text("DELETE FROM {ticket_numbers} WHERE number = ?"), n)
	return n, err
}

// newestMySQL reads the counter of the table, and looks at the tickets too, because MySQL 8 remembers for a day what the counter was.
func newestMySQL(ctx context.Context, h *handle) (n int64, err error) {
	_, err = h.one(ctx, h.s.text("SELECT GREATEST((SELECT COALESCE(MAX(number), 0) FROM {tickets}), (SELECT COALESCE(MAX(auto_increment), 1) - 1"+
		" FROM information_schema.tables WHERE table_schema = DATABASE() AND table_name = '{ticket_numbers}'))"), nil, &n)
	return n, err
}

// countMySQL takes the number, so that the next one is above it. A number that was taken is not given again, also when its row is gone.
func countMySQL(ctx context.Context, h *handle, number int64) error {
	if number == 0 {
		return nil
	}
	for _, text := range []string{"INSERT INTO {ticket_numbers} (number) VALUES (?)", "DELETE FROM {ticket_numbers} WHERE number = ?"} {
		if _, err := h.exec(ctx, h.s.text(text), number); err != nil {
			return err
		}
	}
	return nil
}

// The full text index of MySQL drops words of fewer than three characters and a list of common ones, knows the letters of few scripts, and
// shows what a transaction has written only after the commit. So a word is spelled in ASCII behind a prefix that no such rule
// meets, and what the index cannot tell is looked up in the spelled text itself, in which every word stands between blanks.
const (
	spelledPrefix = "tk"
	maxSpelled    = 80 // innodb_ft_max_token_size is 84
)

// spell keeps the order of letters, so that beginnings stay beginnings.
func spell(word string) string {
	const digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	var b strings.Builder
	b.WriteString(spelledPrefix)
	for _, r := range word {
		var next string
		switch {
		case r >= 'a' && r <= 'z' || r >= '0' && r <= '9':
			next = string(r)
		case r < 26*36*36: // a capital that is no digit begins it, and two more characters end it
			next = string([]byte{digits[10+r/36/36], digits[r/36%36], digits[r%36]})
		default:
			next = string([]byte{'_', digits[r/36/36/36], digits[r/36/36%36], digits[r/36%36], digits[r%36]})
		}
		if b.Len()+len(next) > maxSpelled {
			break
		}
		b.WriteString(next)
	}
	return b.String()
}

func putDocMySQL(ctx context.Context, h *handle, d doc) error {
	if d.replace {
		if err := dropDoc(ctx, h, d.number, d.n); err != nil {
			return err
		}
	}
	list := words(d.text)
	if len(list) == 0 {
		return nil
	}
	for i, w := range list {
		list[i] = spell(w)
	}
	h.tx.indexed = append(h.tx.indexed, d.number)
	_, err := h.exec(ctx, h.s.text("INSERT INTO {search} (number, n, note, words) VALUES (?, ?, ?, ?)"),
		d.number, d.n, d.note, " "+strings.Join(list, " ")+" ")
	return err
}

// spelledPhrase gives the words of a search as they stand in texts, and what a text with them holds; "" when nothing in it can be found.
func spelledPhrase(word string) (list []string, begun bool, inside string) {
	list, begun = phrase(word)
	if len(list) == 0 {
		return nil, false, ""
	}
	for i, w := range list {
		list[i] = spell(w)
	}
	inside = " " + strings.Join(list, " ")
	if !begun {
		inside += " "
	}
	return list, begun, inside
}

const lookInside = "LOCATE(?, words) > 0"

func lookMySQL(word string) (string, any) {
	_, _, inside := spelledPhrase(word)
	if inside == "" {
		return "", nil
	}
	return lookInside, inside
}

func matchMySQL(h *handle, word string, notes bool, lo, hi int64) (string, []any) {
	list, begun, inside := spelledPhrase(word)
	if inside == "" {
		return "", nil
	}
	only := ""
	if !notes {
		only = " AND NOT note"
	}
	ask := "SELECT number FROM {search} WHERE MATCH (words) AGAINST (? IN BOOLEAN MODE) AND number BETWEEN ? AND ?" + only
	all := "+" + strings.Join(list, " +")
	if begun {
		all += "*"
	}
	args := []any{all, lo, hi}
	if len(list) > 1 {
		ask += " AND " + lookInside
		args = append(args, inside)
	}
	if h.tx == nil || len(h.tx.indexed) == 0 {
		return ask + " ORDER BY number", args
	}
	own := anys(h.tx.indexed)
	return "SELECT number FROM (" + ask + " UNION ALL SELECT number FROM {search} WHERE number BETWEEN ? AND ? AND " + lookInside + only + " AND number IN (" + marks(len(own)) + ")) x ORDER BY number",
		append(append(args, lo, hi, inside), own...)
}

// noSpace is ENOSPC, as the server puts it into messages: (Errcode: 28 "No space left on device"), Got error 28 from storage engine.
var noSpace = regexp.MustCompile(`\b(?i:errcode|errno|error):? 28\b`)

var mysqlNumber = regexp.MustCompile(`^Error (\d+)\b`)

// ClassifyMySQL goes by the number that go-sql-driver/mysql begins its messages with; see MySQLClass.
func ClassifyMySQL(err error) Class {
	text := err.Error()
	m := mysqlNumber.FindStringSubmatch(text)
	if m == nil {
		return classifyNet(err)
	}
	n, err := strconv.Atoi(m[1])
	if err != nil {
		return Other
	}
	return MySQLClass(n, text)
}

// MySQLClass tells what an error number of the server means (dev.mysql.com/doc/mysql-errors/8.0/en/server-error-reference.html,
// mariadb.com/kb/en/mariadb-error-code-reference/). Several numbers stand for any trouble with a file; their message then has that of the operating
// system.
func MySQLClass(number int, message string) Class {
	if noSpace.MatchString(message) {
		switch number {
		case 3, 20, 1004, 1005, 1026, 1030: // writing a file, twice; making a file, a table; writing a file; the storage engine
			return Full
		}
	}
	switch number {
	case 1062, 1169, 1586:
		return Unique
	case 1451, 1452, 1216, 1217:
		return Reference
	case 1205, 1213, 1020, 3572: // lock wait timeout, deadlock, changed since it was read, lock not available
		return Busy
	case 1050, 1051, 1060, 1061, 1091, 1826: // table, column or key exists; what is dropped does not
		return Exists
	case 1053, 1927, 2006, 2013, 4031: // shutdown, killed, gone away, lost, idle for too long
		return Lost
	case 1021, 1114: // the disk, or a table space that may not grow
		return Full
	case 1030, 1036, 1037, 1038, 1040, 1041, 1044, 1045, 1047, 1049, 1129, 1130, 1142, 1152, 1203, 1226, 1290, 1317, 1792, 1836, 1969, 3024, 3100:
		return Unavailable // read only, too many connections, no right, cancelled by a timeout, a node without its cluster
	}
	return Other
}
