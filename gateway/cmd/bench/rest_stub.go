package main

import "context"

func latency(context.Context, *settings) ([]row, error)  { return nil, nil }
func frame(context.Context, *settings) ([]row, error)    { return nil, nil }
func drain(context.Context, *settings) ([]row, error)    { return nil, nil }
func memory(context.Context, *settings) ([]row, error)   { return nil, nil }
func cpu(context.Context, *settings) ([]row, error)      { return nil, nil }
func startUp(context.Context, *settings) ([]row, error)  { return nil, nil }
func binarySize(context.Context, *settings) ([]row, error) { return nil, nil }
