// Pages of a list that the server hands out by token: forward with the token, back by the tokens remembered.
import { computed, ref } from 'vue';

export function usePages() {
  const tokens = ref<string[]>(['']);
  const token = computed(() => tokens.value[tokens.value.length - 1] ?? '');
  return {
    token,
    number: computed(() => tokens.value.length),
    hasPrevious: computed(() => tokens.value.length > 1),
    next: (following: string) => tokens.value.push(following),
    previous: () => {
      if (tokens.value.length > 1) tokens.value.pop();
    },
    reset: () => {
      tokens.value = [''];
    },
  };
}
