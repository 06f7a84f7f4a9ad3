module bench

go 1.26.0

require (
	drover v0.0.0
	github.com/alitto/pond/v2 v2.7.1
)

replace drover => ../..
