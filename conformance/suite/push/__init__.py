"""Requirements on push devices, subscriptions and deliveries."""
