// How large an element is, as it changes.

import { type Ref, onBeforeUnmount, onMounted, ref } from 'vue'

export function useElementSize(element: Ref<HTMLElement | undefined>) {
  const width = ref(0)
  const height = ref(0)
  const observer = new ResizeObserver(([entry]) => {
    if (!entry) return
    width.value = entry.contentRect.width
    height.value = entry.contentRect.height
  })
  onMounted(() => { if (element.value) observer.observe(element.value) })
  onBeforeUnmount(() => { observer.disconnect() })
  return { width, height }
}
