"""Requirements on formats, paging, statistics, time and generated requests."""
