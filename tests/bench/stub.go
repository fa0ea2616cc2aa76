package main

import "context"

func growth(ctx context.Context, b *bench) error     { return nil }
func revocation(ctx context.Context, b *bench) error { return nil }
func instances(ctx context.Context, b *bench) error  { return nil }
func cold(ctx context.Context, b *bench) error       { return nil }
