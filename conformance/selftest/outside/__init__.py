"""Tests that need npm packages or Chromium."""
