// Package adaptertest is the suite that every adapter passes: each clause of the contract in package adapters is a test that speaks to
// the adapter through the protocol of its channel.
//
// A test of an adapter gives the suite a Harness, which knows how to act as the world outside:
//
//	func TestConformance(t *testing.T) {
//		adaptertest.Run(t, adaptertest.Features{Sends: true, Attachments: true, Threads: true},
//			func(t testing.TB, in adapters.Intake) adaptertest.Harness {
//				server := startFakeServer(t)
//				a, err := mychannel.New(mychannel.Config{Server: server.Addr()})
//				if err != nil {
//					t.Fatal(err)
//				}
//				return adaptertest.Harness{Adapter: a, Inject: server.Inject, Sent: server.Sent, To: …}
//			})
//	}
//
// Each clause gets a Harness of its own. The suite calls Adapter.Run; what a Harness has started itself it ends in t.Cleanup.
package adaptertest
