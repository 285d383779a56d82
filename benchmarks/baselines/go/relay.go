package main

// Every frame goes to all sockets, by the package that Debian has.

import (
	"net/http"
	"sync"

	"github.com/gorilla/websocket"
)

var (
	upgrader = websocket.Upgrader{CheckOrigin: func(*http.Request) bool { return true }}
	sockets  = map[*websocket.Conn]*sync.Mutex{}
	lock     sync.RWMutex
)

func relay(w http.ResponseWriter, r *http.Request) {
	socket, err := upgrader.Upgrade(w, r, nil)
	if err != nil {
		return // it has told the client
	}
	defer socket.Close()
	writing := &sync.Mutex{} // the package takes one writer at a time
	lock.Lock()
	sockets[socket] = writing
	lock.Unlock()
	defer func() {
		lock.Lock()
		delete(sockets, socket)
		lock.Unlock()
	}()
	send(socket, writing, []byte("{}"))
	for {
		_, frame, err := socket.ReadMessage()
		if err != nil {
			return
		}
		lock.RLock()
		for each, writing := range sockets {
			send(each, writing, frame)
		}
		lock.RUnlock()
	}
}

func send(socket *websocket.Conn, writing *sync.Mutex, frame []byte) {
	writing.Lock()
	defer writing.Unlock()
	_ = socket.WriteMessage(websocket.TextMessage, frame) // who has gone is noticed by its reader
}
