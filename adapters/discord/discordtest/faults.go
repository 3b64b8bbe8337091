package discordtest

// gatewayFaults are what goes wrong with the gateway.
type gatewayFaults struct {
	refuse, deaf, twice, strange bool
	reject                       int
	instead                      *frame // of hello, for the next connection
	lose                         func(event string) bool
	identified                   []Intents
	resumed                      int
}

// DropConnections cuts every connection of the gateway without a close frame. Sessions can be resumed.
func (s *Server) DropConnections() { s.closeAll(0) }

// CloseConnections closes every connection with a code of the gateway, such as 4000.
func (s *Server) CloseConnections(code int) { s.closeAll(code) }

func (s *Server) closeAll(code int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, ses := range s.sessions {
		if ses.conn != nil {
			ses.conn.close(code)
			ses.conn = nil
		}
	}
}

// AskToReconnect sends op 7 to every connection.
func (s *Server) AskToReconnect() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, ses := range s.sessions {
		if ses.conn != nil {
			ses.conn.push(frame{Op: 7})
		}
	}
}

// InvalidateSessions forgets every session and sends op 9 to those that are connected, which then drop them or not, as resumable says.
func (s *Server) InvalidateSessions(resumable bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for id, ses := range s.sessions {
		if ses.conn != nil {
			ses.conn.push(frame{Op: 9, Data: resumable})
		}
		if !resumable {
			delete(s.sessions, id)
		}
	}
}

// GreetWith sends an op code without data in place of hello to the next connection.
func (s *Server) GreetWith(op int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.gateway.instead = &frame{Op: op}
}

// RefuseConnections makes the gateway answer 502 instead of upgrading, until it is called with false.
func (s *Server) RefuseConnections(refuse bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.gateway.refuse = refuse
}

// RejectWith closes connections that identify with a code; 0 stops it.
func (s *Server) RejectWith(code int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.gateway.reject = code
}

// IgnoreHeartbeats leaves heartbeats unanswered, until it is called with false.
func (s *Server) IgnoreHeartbeats(ignore bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.gateway.deaf = ignore
}

// LoseEvents drops the events that lose says true to, also from replay; nil stops it. lose must not use the Server.
func (s *Server) LoseEvents(lose func(event string) bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.gateway.lose = lose
}

// RepeatEvents sends every event twice, until it is called with false.
func (s *Server) RepeatEvents(repeat bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.gateway.twice = repeat
}

// AddUnknownComponents puts a component of a type that nobody knows into the messages of events, as happens when Discord invents one, until it is
// called with false.
func (s *Server) AddUnknownComponents(add bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.gateway.strange = add
}

// Repeat sends the event of a message once more, as Discord may after a lost connection.
func (g *Guild) Repeat(channelID, messageID string) {
	g.s.mu.Lock()
	defer g.s.mu.Unlock()
	if ch := g.s.channels[channelID]; ch != nil && ch.find(messageID) != nil {
		g.s.tell(ch.find(messageID), "MESSAGE_CREATE")
	}
}

// Identified lists the intents of each time that the bot has identified, and Resumed counts how often it asked to resume.
func (s *Server) Identified() []Intents {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]Intents(nil), s.gateway.identified...)
}

// Resumed counts how often the bot asked to resume.
func (s *Server) Resumed() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.gateway.resumed
}

// Connected counts the connections that have a session.
func (s *Server) Connected() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := 0
	for _, ses := range s.sessions {
		if ses.conn != nil {
			n++
		}
	}
	return n
}

// strange puts an unknown component into a message.
func (s *Server) strange(o obj) obj {
	if s.gateway.strange {
		rows, _ := o["components"].([]any)
		o["components"] = append(append([]any{}, rows...), obj{"type": 99, "id": 99, "novelty": obj{"since": "today"}})
	}
	return o
}
